import { toPoints } from '../exams/points.ts'
import type { RubricItem } from '../exams/rubric.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import type { MarkAnnotation, ScoreSheet } from '../pdf/tasks.ts'
import { AppError } from '../platform/errors.ts'
import { areDrawable } from './annotation-shape.ts'
import type { AnnotationRow } from './annotation-store.ts'
import type { Strokes } from './contract.ts'
import type { RemarkRow } from './remark-store.ts'
import { type ScoreSum, type Scores, sumScores } from './sum-scores.ts'

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

/**
 * The annotations as the engine draws them. Throws `undrawable-annotation`, naming the first that is damaged: trying
 * again would not help, and a marked PDF without one of its marks would be wrong.
 */
export function describeMarks(rows: readonly AnnotationRow[]): MarkAnnotation[] {
  return rows.map((row) => {
    const { pageIndex, kind, x, y, width, height, text, strokes, pointsHundredths } = row
    return {
      pageIndex,
      kind,
      x,
      y,
      width,
      height,
      ...(text === null ? {} : { text: reveal(text, 'draw') }),
      ...(strokes === null ? {} : { strokes: drawableStrokes(row, reveal(strokes, 'draw')) }),
      ...(pointsHundredths === null
        ? {}
        : { pointsText: SIGNED.format(toPoints(reveal(pointsHundredths, 'draw'))) }),
    }
  })
}

function drawableStrokes(row: Pick<AnnotationRow, 'id' | 'pageIndex'>, strokes: Strokes): Strokes {
  if (areDrawable(strokes)) return strokes
  throw new AppError('undrawable-annotation', {
    title: 'An annotation of this copy is damaged.',
    logContext: { 'annotation.id': row.id, 'page.index': row.pageIndex },
  })
}

/** The score sheet that closes the marked PDF. */
export function describeSheet(copy: {
  title: Sensitive<string>
  anonymousId: string
  items: readonly (RubricItem & { depth: number })[]
  scores: Scores
  score: ScoreSum
  remarks: readonly RemarkRow[]
}): ScoreSheet {
  const texts = new Map(copy.remarks.map(({ itemId, text }) => [itemId, text && reveal(text, 'draw')]))
  const generalComment = texts.get(null)
  return {
    title: reveal(copy.title, 'draw'),
    anonymousId: copy.anonymousId,
    labels: LABELS,
    rows: copy.items.map((item) => {
      // A question with parts shows what its parts add up to.
      const own =
        item.maxHundredths === null ? copy.items.filter((part) => part.parentId === item.id) : [item]
      const sums = sumScores(own, copy.scores)
      const isScored = sums.missing.length < own.length
      const remark = texts.get(item.id)
      return {
        label: reveal(item.label, 'draw'),
        depth: item.depth,
        pointsText: isScored ? NUMBER.format(toPoints(reveal(sums.totalHundredths, 'draw'))) : null,
        maximumText: NUMBER.format(toPoints(sums.maxHundredths)),
        ...(remark ? { remark } : {}),
      }
    }),
    totalText: NUMBER.format(toPoints(reveal(copy.score.totalHundredths, 'draw'))),
    maximumTotalText: NUMBER.format(toPoints(copy.score.maxHundredths)),
    ...(generalComment ? { generalComment } : {}),
  }
}
