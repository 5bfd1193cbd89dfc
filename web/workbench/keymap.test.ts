import { describe, expect, it } from 'vitest'
import { actionOf, type Focus, giveLetter, type KeyPress, lettersOf } from './keymap.ts'

const press = (key: string, more: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
})
const on = (focus: Focus, key: KeyPress, hasSelection = false, letters = lettersOf({})) =>
  actionOf(key, focus, { hasSelection, letters })

describe('the keys of the workbench', () => {
  it.each([
    ['à', 'Digit0', '0'],
    ['é', 'Digit2', '2'],
    ['(', 'Digit5', '5'],
  ])('read %s on a French keyboard as a digit, by its place', (key, code, character) => {
    expect(on('page', press(key, { code }))).toEqual({ do: 'type', character })
    expect(on('score', press(key, { code, shiftKey: true }))).toEqual({ do: 'type', character })
  })

  it('take the comma, the point and those of the number pad', () => {
    expect(on('score', press(',', { code: 'KeyM' }))).toEqual({ do: 'type', character: ',' })
    expect(on('score', press('.', { code: 'NumpadDecimal' }))).toEqual({ do: 'type', character: ',' })
    expect(on('page', press('7', { code: 'Numpad7' }))).toEqual({ do: 'type', character: '7' })
  })

  it('do nothing in a text but what every text field does', () => {
    for (const key of ['j', 'p', 'R', '?', '2', 'Enter', 'Delete', 'ArrowLeft', ' ']) {
      for (const focus of ['field', 'remark'] as const)
        expect(on(focus, press(key, { code: 'Digit2', shiftKey: key === 'R' }), true)).toBeUndefined()
    }
    expect(on('remark', press('z', { ctrlKey: true }))).toBeUndefined()
    expect(on('remark', press('Escape'))).toEqual({ do: 'leave' })
    expect(on('field', press('z', { ctrlKey: true }))).toBeUndefined()
    expect(on('field', press('Enter', { ctrlKey: true }))).toEqual({ do: 'finish' })
  })

  it('lead to what is said of the question or of the copy, and out of it', () => {
    for (const focus of ['page', 'score', 'control'] as const) {
      expect(on(focus, press('m'))).toEqual({ do: 'remark' })
      expect(on(focus, press('a'))).toEqual({ do: 'comment' })
    }
    expect(on('remark', press('Enter', { ctrlKey: true }))).toEqual({ do: 'keep' })
  })

  it('of one letter can be switched off, the others stay', () => {
    const off = (key: KeyPress) => actionOf(key, 'page', { hasSelection: false, letters: undefined })
    expect(off(press('j'))).toBeUndefined()
    expect(off(press('Enter'))).toEqual({ do: 'accept' })
    expect(off(press('3', { code: 'Digit3' }))).toEqual({ do: 'type', character: '3' })
  })

  it('of one letter can be given to something else, with what Shift adds; who had it gets the other', () => {
    const letters = giveLetter(lettersOf({}), 'next', 'k')
    expect(on('page', press('k'), false, letters)).toEqual({ do: 'page', by: 1 })
    expect(on('page', press('K', { shiftKey: true }), false, letters)).toEqual({ do: 'copy', by: 1 })
    expect(on('page', press('j'), false, letters)).toEqual({ do: 'page', by: -1 })
    expect(giveLetter(letters, 'fit', 'q')).toMatchObject({ fit: 'q', next: 'k' })
  })

  it('are as they were when what is kept gives a letter twice, or to nothing', () => {
    expect(lettersOf({ next: 'k' })).toEqual(lettersOf({}))
    expect(lettersOf({ nothing: 'q' })).toEqual(lettersOf({}))
    expect(lettersOf({ next: 'k', previous: 'j' })).toMatchObject({ next: 'k', previous: 'j' })
  })

  it('move what is selected, and otherwise let the page scroll', () => {
    expect(on('page', press('ArrowLeft'), true)).toEqual({ do: 'move', dx: -0.01, dy: 0 })
    expect(on('page', press('ArrowDown', { shiftKey: true }), true)).toEqual({ do: 'move', dx: 0, dy: 0.001 })
    expect(on('page', press('ArrowLeft'))).toBeUndefined()
    expect(on('score', press('ArrowLeft'), true)).toBeUndefined()
    expect(on('page', press('Delete'), true)).toEqual({ do: 'delete' })
  })

  it('leave a button what a button does', () => {
    expect(on('control', press('Enter'))).toBeUndefined()
    expect(on('control', press(' '))).toBeUndefined()
    expect(on('control', press('J', { shiftKey: true }))).toEqual({ do: 'copy', by: 1 })
  })

  it('leave the browser its own', () => {
    expect(on('field', press('k', { ctrlKey: true }))).toEqual({ do: 'palette' })
    for (const key of ['+', '-', '0', 's', 'r', 'l']) {
      expect(on('page', press(key, { ctrlKey: true }))).toBeUndefined()
    }
    expect(on('page', press('z', { metaKey: true, shiftKey: true }))).toEqual({ do: 'redo' })
  })
})
