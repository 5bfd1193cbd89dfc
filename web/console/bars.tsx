import type { ReactNode } from 'react'
import { useWords } from '../shared/words.ts'
import { Disclosure } from './disclosure.tsx'
import { consoleWords } from './words.ts'

export type Bar = {
  readonly key: string
  readonly label: string
  readonly value: string
  /** The length of the bar, and of its lighter part behind it, both on the scale of the longest. */
  readonly length: number
  readonly upTo?: number
}

/** Bars as one picture with a sentence for who cannot see it, and the numbers behind it as a table. */
export function Bars({ title, bars, table }: { title: string; bars: readonly Bar[]; table: ReactNode }) {
  const words = useWords(consoleWords)
  const longest = Math.max(...bars.map(({ length, upTo = 0 }) => Math.max(length, upTo)), Number.MIN_VALUE)
  return (
    <div className="flex flex-col gap-3">
      <div
        role="img"
        aria-label={`${title} – ${bars.map(({ label, value }) => `${label} : ${value}`).join(' ; ')}`}
        className="grid grid-cols-[auto_minmax(4rem,1fr)_auto] items-center gap-x-3 gap-y-2 text-sm"
      >
        {bars.map(({ key, label, value, length, upTo = 0 }) => (
          <div key={key} className="contents">
            <span>{label}</span>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden className="h-3 w-full">
              <rect width="100" height="8" className="fill-sunken" />
              <rect width={(upTo / longest) * 100} height="8" className="fill-accent opacity-35" />
              <rect width={(length / longest) * 100} height="8" className="fill-accent" />
            </svg>
            <span className="text-end tabular-nums">{value}</span>
          </div>
        ))}
      </div>
      <Disclosure summary={words.table} summaryClassName="min-h-8 w-fit text-muted text-sm">
        <div className="pt-2">{table}</div>
      </Disclosure>
    </div>
  )
}
