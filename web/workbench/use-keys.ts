import { useEffect, useRef } from 'react'
import { type Action, actionOf, type Focus, type Letters } from './keymap.ts'

type KeyContext = { isOn: boolean; hasSelection: boolean; letters: Letters | undefined }

/** Listens to the keys of the whole window; `act` says whether it did something. */
export function useKeys(act: (action: Action) => boolean, context: KeyContext): void {
  const latest = useRef({ act, context })
  latest.current = { act, context }
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { act: perform, context: now } = latest.current
      // A key that closed a dialog has done what it was for, though the dialog is gone by now.
      if (!now.isOn || event.defaultPrevented || event.isComposing) return
      if (document.querySelector('dialog[open]')) return
      const action = actionOf(event, focusNow(), now)
      if (action && perform(action)) event.preventDefault()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
}

function focusNow(): Focus {
  const element = document.activeElement
  if (!element || element === document.body || element.closest('#stage')) return 'page'
  if (element.hasAttribute('data-score')) return 'score'
  if (element.matches('textarea[data-remark]')) return 'remark'
  if (element.matches('textarea, select, [contenteditable], input:not([type=radio], [type=checkbox])'))
    return 'field'
  return 'control'
}

function fieldOf(itemId: string): HTMLInputElement | null {
  return document.querySelector(`[data-score="${itemId}"]`)
}

export function focusScore(itemId: string): void {
  fieldOf(itemId)?.focus()
}

/** To the remark at a place; where there is none, its button begins one. */
export function focusRemark(place: string): void {
  const found = document.querySelector<HTMLElement>(`[data-remark="${place}"]`)
  if (found instanceof HTMLButtonElement) found.click()
  else found?.focus()
}

/** Where the remark is that is written now. */
export function placeOfRemark(): string | null {
  return document.activeElement?.getAttribute('data-remark') ?? null
}

/** Types a character into the field of a question as the keyboard would; returns whether there is one. */
export function typeInto(itemId: string, character: string): boolean {
  const active = document.activeElement
  const field =
    active instanceof HTMLInputElement && active.hasAttribute('data-score') ? active : fieldOf(itemId)
  if (!field || field.readOnly) return false
  if (field !== active) field.focus()
  field.setRangeText(character, field.selectionStart ?? 0, field.selectionEnd ?? 0, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
  return true
}

const REGIONS = ['#stage', '#scores [data-score]', '#tools button', 'nav ol button'] as const

/** Page, scores, tools, thumbnails, and again. */
export function nextRegion(): void {
  const at = REGIONS.findIndex((region) => {
    const whole = document.querySelector(region)?.closest('#stage, #scores, #tools, nav')
    return whole?.contains(document.activeElement)
  })
  document.querySelector<HTMLElement>(REGIONS[(at + 1) % REGIONS.length] ?? '#stage')?.focus()
}
