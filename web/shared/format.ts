import { type Language, useLanguage } from './settings.ts'

export type Format = {
  /** Points as a teacher writes them: `11,5` in French, `11.5` in English; at most two decimals. */
  points(value: number): string
  number(value: number): string
  /** An ISO instant as day and hour with its zone, for what may be contested. */
  instant(iso: string): string
  day(iso: string): string
  /** How long ago, in the largest unit that says something. */
  ago(iso: string, now: number): string
}

const made = new Map<Language, Format>()

/** Numbers, dates and spans as the language of this device has them. */
export function useFormat(): Format {
  return formatIn(useLanguage())
}

function formatIn(language: Language): Format {
  const known = made.get(language)
  if (known) return known
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB'
  const points = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  const instant = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  })
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const span = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const format: Format = {
    points: (value) => points.format(value),
    number: (value) => points.format(value),
    instant: (iso) => instant.format(new Date(iso)),
    day: (iso) => day.format(new Date(iso)),
    ago: (iso, now) => {
      const seconds = (Date.parse(iso) - now) / 1_000
      const unit = UNITS.find(({ from }) => Math.abs(seconds) >= from) ?? SMALLEST
      return span.format(Math.round(seconds / unit.seconds), unit.name)
    },
  }
  made.set(language, format)
  return format
}

const SMALLEST = { name: 'second', seconds: 1, from: 0 } as const
const UNITS = [
  { name: 'day', seconds: 86_400, from: 86_400 },
  { name: 'hour', seconds: 3_600, from: 3_600 },
  { name: 'minute', seconds: 60, from: 60 },
  SMALLEST,
] as const
