import type { Language } from '../shared/settings.ts'

const UNITS = [
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
] as const

/** How long something took, in the unit in which one would say it: `420 ms`, `6,2 s`, `14 min`, `3 h`, `2 j`. */
export function formatSpan(seconds: number, language: Language): string {
  const show = (value: number, unit: string, digits: number) =>
    new Intl.NumberFormat(language, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value)
  const larger = UNITS.find((unit) => seconds >= 2 * unit.seconds)
  if (larger) return show(seconds / larger.seconds, larger.unit, 0)
  if (seconds >= 1 || seconds === 0) return show(seconds, 'second', seconds < 10 ? 1 : 0)
  return show(seconds * 1_000, 'millisecond', 0)
}
