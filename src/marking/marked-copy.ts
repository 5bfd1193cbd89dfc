import { toPoints } from '../exams/points.ts'
import type { RubricItem } from '../exams/rubric.ts'
import type { MarkAnnotation, ScoreSheet } from '../pdf/tasks.ts'
import type { AnnotationRow } from './annotation-store.ts'
import { type CopyScore, computeScore } from './score.ts'

/** What the marked PDF says, in the words and number format of its reader (French). */
const NUMBER = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 2 })
const SIGNED = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 2, signDisplay: 'exceptZero' })

const LABELS = {
  anonymousId: 'Copie',
  question: 'Question',
  points: 'Points',
  maximum: 'Sur',
  total: 'Total',
  comments: 'Commentaires',
  generalComment: 'Appréciation générale',
  page: 'page',
} as const

/** The annotations as the engine draws them. */
export function describeMarks(rows: readonly AnnotationRow[]): MarkAnnotation[] {
  return rows.map(({ pageIndex, kind, x, y, width, height, text, strokes, pointsHundredths }) => ({
    pageIndex,
    kind,
    x,
    y,
    width,
    height,
    ...(text === null ? {} : { text }),
    ...(strokes === null ? {} : { strokes }),
    ...(pointsHundredths === null ? {} : { pointsText: SIGNED.format(toPoints(pointsHundredths)) }),
  }))
}

/** The score sheet that closes the marked PDF. */
export function describeSheet(copy: {
  title: string
  anonymousId: string
  items: readonly (RubricItem & { depth: number })[]
  scores: ReadonlyMap<string, number | null>
  score: CopyScore
}): ScoreSheet {
  return {
    title: copy.title,
    anonymousId: copy.anonymousId,
    labels: LABELS,
    rows: copy.items.map((item) => {
      // A question with parts shows what its parts add up to.
      const own =
        item.maxHundredths === null ? copy.items.filter((part) => part.parentId === item.id) : [item]
      const sums = computeScore(own, copy.scores)
      const isScored = sums.missing.length < own.length
      return {
        label: item.label,
        depth: item.depth,
        pointsText: isScored ? NUMBER.format(toPoints(sums.totalHundredths)) : null,
        maximumText: NUMBER.format(toPoints(sums.maxHundredths)),
      }
    }),
    totalText: NUMBER.format(toPoints(copy.score.totalHundredths)),
    maximumTotalText: NUMBER.format(toPoints(copy.score.maxHundredths)),
  }
}
