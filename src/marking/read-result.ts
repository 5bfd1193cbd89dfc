import { getCopy } from '../copies/read.ts'
import { listPagesOfCopy } from '../copies/review-store.ts'
import { getExamRow } from '../exams/exams.ts'
import { toPoints } from '../exams/points.ts'
import type { Id } from '../observability/id.ts'
import { reveal } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import { listAnnotationViews } from './annotate.ts'
import type { ResultView } from './contract.ts'
import { getGradedResult } from './export.ts'
import { getScoreSheet } from './read-sheet.ts'

/**
 * What a graded copy came to, for its student: scores, remarks, annotations, pages.
 * Throws `not-found`, `not-graded`, `copy-erased`.
 */
export async function readResult(deps: { readonly db: Database }, copyId: Id): Promise<ResultView> {
  const copy = await getCopy(deps.db, copyId)
  const result = await getGradedResult(deps.db, copy)
  const [exam, pages, sheet, annotations] = [
    await getExamRow(deps.db, copy.examId),
    await listPagesOfCopy(deps.db, copyId),
    await getScoreSheet(deps, copyId),
    await listAnnotationViews(deps, copyId),
  ]
  return {
    copyId,
    examTitle: reveal(exam.title, 'show-to-entitled-user'),
    anonymousId: copy.anonymousId,
    gradedAt: result.gradedAt.toISOString(),
    finalScore: toPoints(reveal(result.finalScoreHundredths, 'show-to-entitled-user')),
    maxTotal: sheet.maxTotal,
    items: sheet.items.map(({ itemId, label, depth, maxPoints, points, remark }) => ({
      itemId,
      label,
      depth,
      maxPoints,
      points,
      remark: remark.text,
    })),
    comment: sheet.comment.text,
    pages: pages.map(({ widthPx, heightPx }, index) => ({ pageNumber: index + 1, widthPx, heightPx })),
    annotations,
  }
}
