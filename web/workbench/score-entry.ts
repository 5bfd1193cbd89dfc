import { isScoreAllowed } from '../../src/marking/score.ts'

export type ScoredItem = { readonly maxPoints: number; readonly step: number }

/** What a field for a score holds: nothing, a score, or why it is none. */
export type Entry =
  | { readonly kind: 'empty' }
  | { readonly kind: 'score'; readonly points: number }
  | { readonly kind: 'wrong'; readonly why: 'not-a-number' | 'too-many' | 'off-step' }

/** Reads a score as it is typed, with a comma or a point. */
export function readScore(typed: string, { maxPoints, step }: ScoredItem): Entry {
  const text = typed.trim().replace(',', '.')
  if (text === '') return { kind: 'empty' }
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text)) return { kind: 'wrong', why: 'not-a-number' }
  const points = Number(text)
  const hundredths = toHundredths(points)
  if (points > maxPoints) return { kind: 'wrong', why: 'too-many' }
  const allowed = { maxHundredths: toHundredths(maxPoints), stepHundredths: toHundredths(step) }
  const isExact = Math.abs(points * 100 - hundredths) < 1e-6
  return isExact && isScoreAllowed(hundredths, allowed)
    ? { kind: 'score', points }
    : { kind: 'wrong', why: 'off-step' }
}

/** What may stand in the field: digits and one comma or point; anything else that was typed or pasted is left out. */
export function onlyDigits(typed: string): string {
  const [whole = '', ...rest] = typed.replace(/[^\d.,]/g, '').split(/(?=[.,])/)
  const fraction = rest.join('').replace(/[.,]/g, '')
  const mark = rest[0]?.[0] ?? ''
  return `${whole}${mark}${fraction}`
}

/** The score one step up or down, from nothing as from 0; never outside of what the item allows. */
export function stepScore(points: number | null, by: 1 | -1, { maxPoints, step }: ScoredItem): number {
  const stepHundredths = toHundredths(step)
  const steps = toHundredths(points ?? 0) / stepHundredths
  const next = by > 0 ? Math.floor(steps) + 1 : Math.ceil(steps) - 1
  return Math.min(Math.max(next * stepHundredths, 0), toHundredths(maxPoints)) / 100
}

export function toHundredths(points: number): number {
  return Math.round(points * 100)
}
