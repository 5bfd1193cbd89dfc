import type { Id } from '../observability/id.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { type CopyScore, computeScore, type ScoredItem } from './score.ts'

/** The scores of a copy by item, in hundredths; null where one was taken back. */
export type Scores = ReadonlyMap<Id, Sensitive<number> | null>

/** A sum of scores tells as much of a pupil as they do. */
export type ScoreSum = Omit<CopyScore, 'totalHundredths'> & { readonly totalHundredths: Sensitive<number> }

/** `computeScore` over scores as they are stored: the one place that looks at them in order to add them up. */
export function sumScores(items: readonly ScoredItem[], scores: Scores): ScoreSum {
  const opened = [...scores].map(([id, score]) => [id, score && reveal(score, 'compute-score')] as const)
  const { totalHundredths, ...rest } = computeScore(items, new Map(opened))
  return { ...rest, totalHundredths: new Sensitive(totalHundredths) }
}
