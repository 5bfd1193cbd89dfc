import { appendExamEvent, getExamRow } from '../exams/exams.ts'
import { listMarkers } from '../exams/store.ts'
import { log } from '../observability/log.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { CopyView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { toCopyView } from './read.ts'
import { assignCopy, countAssigned, listCopies, listUnassignedForUpdate } from './store.ts'

/**
 * Gives each copy of the exam that has no marker to the marker with the fewest copies. Copies are taken in the order
 * of their random ids and ties go by account id, so the same exam is dealt the same way, and repeating it assigns
 * nothing twice. Throws `no-markers`. Event: one `ASSIGN` for each copy, on the exam's stream.
 */
export async function dispatchCopies(
  deps: CopiesDeps,
  examId: string,
): Promise<{ assigned: number; copies: CopyView[] }> {
  const exam = await getExamRow(deps.db, examId)
  const markers = [...(await listMarkers(deps.db, examId))].sort()
  if (markers.length === 0) throw new AppError('no-markers', { title: 'This exam has no marker yet.' })
  const refs = new Map<string, string>()
  for (const id of markers) refs.set(id, (await deps.findAccount(id))?.actorRef ?? '')

  const assigned = await inTransaction(deps.db, async (tx) => {
    const copies = await listUnassignedForUpdate(tx, examId)
    const load = await countAssigned(tx, examId)
    const counts = new Map(markers.map((id) => [id, load.get(id) ?? 0]))
    for (const copy of copies) {
      const marker = leastLoaded(counts)
      counts.set(marker, (counts.get(marker) ?? 0) + 1)
      await assignCopy(tx, copy.id, marker)
      const metadata = { copy_ref: copy.streamRef, marker_ref: refs.get(marker) ?? '' }
      await appendExamEvent(deps, tx, exam, 'ASSIGN', metadata)
    }
    return copies.length
  })
  log.grading.info('copies.dispatched', { 'exam.id': examId, copies: assigned })
  return { assigned, copies: (await listCopies(deps.db, { examId })).map(toCopyView) }
}

/** The marker with the fewest copies; the map keeps them in order, so the first of equals wins. */
function leastLoaded(counts: ReadonlyMap<string, number>): string {
  let best: string | undefined
  for (const [id, copies] of counts) {
    if (best === undefined || copies < (counts.get(best) ?? 0)) best = id
  }
  if (best === undefined) throw new Error('no marker to choose from')
  return best
}
