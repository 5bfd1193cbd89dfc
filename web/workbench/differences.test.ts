import { describe, expect, it } from 'vitest'
import { againOf, applyCommand, type Command, commandFor, type Intent, inverseOf } from './command.ts'
import { commandsFor, countLanded, differencesOf } from './differences.ts'
import { bringBack, NO_HISTORY, remember, takeBack } from './history.ts'
import { COMMENT, type Mark, type Sheet } from './mark.ts'

const empty: Sheet = {
  marks: new Map(),
  scores: new Map([['q1', { points: null, version: 0 }]]),
  remarks: new Map([[COMMENT, { text: null, version: 0 }]]),
}
const tick = (id: string): Omit<Mark, 'version'> => ({
  id,
  pageNumber: 1,
  kind: 'tick',
  x: 0.5,
  y: 0.5,
  width: 0,
  height: 0,
  text: null,
  strokes: null,
  points: null,
})
let ids = 0
const newId = () => {
  ids += 1
  return `c${ids}`
}

function run(sheet: Sheet, ...intents: Intent[]): { sheet: Sheet; commands: Command[] } {
  const commands: Command[] = []
  for (const intent of intents) {
    const command = commandFor(sheet, intent, newId())
    if (!command) continue
    commands.push(command)
    sheet = applyCommand(sheet, command)
  }
  return { sheet, commands }
}

const lay: Intent = { type: 'lay', mark: tick('a') }
const move: Intent = { type: 'alter', markId: 'a', after: { x: 0.6, y: 0.5 } }
const score: Intent = { type: 'score', itemId: 'q1', after: 3 }
const remark = (after: string | null, place = 'q1'): Intent => ({ type: 'remark', place, after })

describe('commands', () => {
  it('carry the version that the server will have when they arrive', () => {
    const { commands } = run(empty, lay, move, { type: 'alter', markId: 'a', after: { x: 0.7 } }, score)
    expect(commands.map((command) => ('version' in command ? command.version : 'new'))).toEqual([
      'new',
      1,
      2,
      0,
    ])
  })

  it('that change nothing are none', () => {
    const { sheet } = run(empty, lay, score)
    expect(commandFor(sheet, score, 'x')).toBeUndefined()
    expect(commandFor(sheet, { type: 'alter', markId: 'a', after: { x: 0.5 } }, 'x')).toBeUndefined()
    expect(commandFor(sheet, { type: 'lift', markId: 'gone' }, 'x')).toBeUndefined()
    expect(commandFor(sheet, remark(' \n'), 'x')).toBeUndefined()
  })

  it('are undone one by one, back to what there was', () => {
    const words = [remark('Vu'), remark('Bien', COMMENT), remark('Vu deux fois')]
    const { sheet, commands } = run(empty, lay, move, score, ...words, { type: 'lift', markId: 'a' })
    const undone = commands.toReversed().reduce((now, command) => run(now, inverseOf(command)).sheet, sheet)
    expect(differencesOf(undone, empty)).toEqual([])
    const again = commands.reduce((now, command) => run(now, againOf(command)).sheet, undone)
    expect(differencesOf(again, sheet)).toEqual([])
  })

  it('hold a remark as the API keeps it, over the version that it was written over', () => {
    const first = commandFor(empty, remark(' Vu.\n'), 'x')
    expect(first).toMatchObject({ place: 'q1', version: 0, before: null, after: 'Vu.' })
    const { sheet } = run(empty, remark('Vu.'), remark('Revu.'))
    const late: Intent = { type: 'remark', place: 'q1', after: 'Tard.', version: 1 }
    expect(commandFor(sheet, late, 'x')).toMatchObject({ version: 1, before: 'Revu.', after: 'Tard.' })
    expect(run(sheet, remark('')).sheet.remarks.get('q1')).toEqual({ text: null, version: 3 })
  })

  it('of ink change the box with the strokes', () => {
    const ink = { ...tick('i'), kind: 'ink' as const, strokes: [[{ x: 0.1, y: 0.1 }]] }
    const after = {
      strokes: [
        [
          { x: 0.2, y: 0.3 },
          { x: 0.4, y: 0.3 },
        ],
      ],
    }
    const { sheet } = run(empty, { type: 'lay', mark: ink }, { type: 'alter', markId: 'i', after })
    expect(sheet.marks.get('i')).toMatchObject({ x: 0.2, y: 0.3, width: 0.2, height: 0 })
  })
})

describe('what was done', () => {
  it('is taken back and brought back in turn, until something new is done', () => {
    const { commands } = run(empty, lay, score)
    const [first, second] = commands as [Command, Command]
    const both = remember(remember(NO_HISTORY, first), second)
    const back = takeBack(both)
    expect(back?.command).toBe(second)
    expect(bringBack(back?.history ?? NO_HISTORY)).toEqual({ command: second, history: both })
    expect(bringBack(remember(back?.history ?? NO_HISTORY, first))).toBeUndefined()
    expect(takeBack(NO_HISTORY)).toBeUndefined()
  })
})

describe('after a break', () => {
  it('tells which commands have landed', () => {
    const { commands } = run(empty, lay, move, score)
    const server = commands.slice(0, 2).reduce(applyCommand, empty)
    expect(countLanded(empty, commands, empty)).toBe(0)
    expect(countLanded(empty, commands, server)).toBe(2)
    expect(countLanded(empty, commands, commands.reduce(applyCommand, empty))).toBe(3)
  })

  it('does not send again what the server took unheard, and leaves a person what it never took', () => {
    const { commands } = run(empty, score, remark('Vu'), remark('Bien', COMMENT))
    const taken = commands.slice(0, 2).reduce(applyCommand, empty)
    expect(countLanded(taken, commands, taken)).toBe(2)
    expect(countLanded(taken, commands.slice(0, 2), taken)).toBe(2)
    const { sheet: theirs } = run(empty, score, remark('À revoir'))
    expect(countLanded(theirs, commands, theirs)).toBeUndefined()
    const stale: Intent = { type: 'remark', place: 'q1', after: 'Tard', version: 0 }
    const late = commandFor(theirs, stale, 'x')
    expect(countLanded(theirs, late ? [late] : [], theirs)).toBeUndefined()
  })

  it('sees what somebody else has done', () => {
    const mine = run(empty, lay, score, remark('Vu'), remark('Bien', COMMENT))
    const theirs = run(
      empty,
      { type: 'score', itemId: 'q1', after: 2 },
      { type: 'lay', mark: tick('b') },
      remark('Bien', COMMENT),
    )
    expect(countLanded(empty, mine.commands, theirs.sheet)).toBeUndefined()
    expect(differencesOf(mine.sheet, theirs.sheet)).toMatchObject([
      { type: 'score', id: 'q1', mine: 3, theirs: 2 },
      { type: 'remark', place: 'q1', mine: 'Vu', theirs: null },
      { type: 'mark', id: 'a', mine: { kind: 'tick' } },
      { type: 'mark', id: 'b', theirs: { kind: 'tick' } },
    ])
  })

  it('gives the server what was decided for, and leaves it the rest', () => {
    const mine = run(empty, lay, score, remark('Vu'), remark('Bien', COMMENT))
    const others: Intent[] = [remark('À revoir'), remark('Moyen', COMMENT)]
    const theirs = run(
      empty,
      { type: 'score', itemId: 'q1', after: 2 },
      { type: 'lay', mark: tick('b') },
      ...others,
    )
    const all = differencesOf(mine.sheet, theirs.sheet)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    const decided = all.filter((one) => one.id !== 'b' && !(one.type === 'remark' && one.place === COMMENT))
    const commands = commandsFor(theirs.sheet, decided, newId)
    const after = commands.reduce(applyCommand, theirs.sheet)
    expect(after.scores.get('q1')).toEqual({ points: 3, version: 2 })
    expect(after.remarks.get('q1')).toEqual({ text: 'Vu', version: 2 })
    expect(after.remarks.get(COMMENT)).toEqual({ text: 'Moyen', version: 1 })
    expect([...after.marks.keys()].sort()).toEqual(['a', 'b'])
  })
})
