import { stringify } from 'csv-stringify'
import { changeCopy, takeCopy } from '../copies/change.ts'
import { type CopyRow, listCopies } from '../copies/store.ts'
import { appendExamEvent, getExamRow } from '../exams/exams.ts'
import { toPoints } from '../exams/points.ts'
import { orderRubric } from '../exams/rubric.ts'
import { listRubricItems } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import { type Database, inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { FileResponse } from '../platform/http-route.ts'
import type { MarkingDeps } from './deps.ts'
import { findResult, type ResultRow } from './result-store.ts'
import { listExamScores } from './score-store.ts'
import { type Scores, sumScores } from './sum-scores.ts'

/**
 * The marked PDF of a graded copy. Event: `EXPORT` on the copy's stream, committed before the first byte leaves.
 * Throws `not-graded`, `copy-erased`, `blob-missing`.
 */
export async function exportMarkedPdf(
  deps: Pick<MarkingDeps, 'db' | 'appendEvent' | 'blobs'>,
  copyId: Id,
): Promise<FileResponse> {
  const file = await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    const result = await getGradedResult(tx, copy)
    const content = await deps.blobs.read(result.markedSha256)
    const metadata = { format: 'marked-pdf', copies: 1 } as const
    await changeCopy(deps, tx, copy, {}, [{ action: 'EXPORT', metadata }])
    return { ...content, attachmentName: `${copy.anonymousId}.pdf` }
  })
  log.grading.info('export.made', { 'copy.id': copyId, copies: 1 })
  return { ...file, mediaType: 'application/pdf' }
}

/** What grading gave for the present version of a copy. Throws `not-graded`. */
export async function getGradedResult(db: Database, copy: CopyRow): Promise<ResultRow> {
  const result = copy.status === 'GRADED' ? await findResult(db, copy.id, copy.version) : undefined
  if (result) return result
  throw new AppError('not-graded', {
    title: 'This copy is not graded yet.',
    problem: { currentStatus: copy.status },
  })
}

/**
 * The table of an exam: one line for each copy with its scores by question, streamed. Copies go by their anonymous id;
 * of one that was erased the cells of scores are empty; cells that a spreadsheet would take for a formula are neutralised. Event: `EXPORT` on the exam's stream.
 */
export async function exportScores(
  deps: Pick<MarkingDeps, 'db' | 'appendEvent'>,
  examId: Id,
): Promise<FileResponse> {
  const exam = await getExamRow(deps.db, examId)
  const items = orderRubric(await listRubricItems(deps.db, examId))
  const columns = items.filter((item) => item.maxHundredths !== null)
  const copies = await listCopies(deps.db, { examId })
  const scores = await readExamScores(deps, examId)
  await inTransaction(deps.db, (tx) =>
    appendExamEvent(deps, tx, exam, 'EXPORT', { format: 'csv', copies: copies.length }),
  )
  log.grading.info('export.made', { 'exam.id': examId, copies: copies.length })

  const table = stringify({ escape_formulas: true, bom: true })
  const labels = columns.map((item) => reveal(item.label, 'export'))
  table.write(['anonymous_id', 'status', 'version', ...labels, 'total', 'maximum'])
  for (const copy of copies) {
    const own: Scores = scores.get(copy.id) ?? new Map()
    const { totalHundredths, maxHundredths } = sumScores(items, own)
    const cells = columns.map((item) => pointsCell(own.get(item.id) ?? null))
    const hasTotal = copy.status === 'GRADED' && copy.erasedAt === null
    const total = hasTotal ? pointsCell(totalHundredths) : ''
    table.write([copy.anonymousId, copy.status, copy.version, ...cells, total, toPoints(maxHundredths)])
  }
  table.end()
  return { content: table, mediaType: 'text/csv; charset=utf-8', attachmentName: `scores-${examId}.csv` }
}

function pointsCell(score: Sensitive<number> | null): string {
  return score === null ? '' : String(toPoints(reveal(score, 'export')))
}

async function readExamScores(deps: Pick<MarkingDeps, 'db'>, examId: Id): Promise<ReadonlyMap<Id, Scores>> {
  const byCopy = new Map<Id, Map<Id, Sensitive<number> | null>>()
  for (const { copyId, itemId, pointsHundredths } of await listExamScores(deps.db, examId)) {
    const own = byCopy.get(copyId) ?? new Map<Id, Sensitive<number> | null>()
    byCopy.set(copyId, own.set(itemId, pointsHundredths))
  }
  return byCopy
}
