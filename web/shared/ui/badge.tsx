import type { ReactNode } from 'react'

const TONES = {
  neutral: 'bg-sunken text-ink',
  accent: 'bg-accent-soft text-accent',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
} as const
export type Tone = keyof typeof TONES

/** A state in a word or two; colour never says it alone. */
export function Badge({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={`inline-flex min-h-6 items-center gap-1 whitespace-nowrap rounded-full border border-transparent px-2 font-medium text-xs forced-colors:border-current ${TONES[tone]}`}
    >
      {children}
    </span>
  )
}
