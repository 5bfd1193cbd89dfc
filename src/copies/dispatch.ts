import { appendExamEvent, getExamRow } from '../exams/exams.ts'
import { listMarkers } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { CopyView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { toCopyView } from './read.ts'
import { takeReview } from './review-store.ts'
import { assignCopy, countAssigned, listCopies, listUnassignedForUpdate } from './store.ts'

/**
 * Gives each copy of the exam that may be marked and has no marker to the marker with the fewest copies. Copies are taken
 * in the order of their random ids and ties go by account id, so the same exam is dealt the same way, and repeating it
 * assigns nothing twice. Throws `no-markers`. Event: one `ASSIGN` for each copy, on the exam's stream.
 */
export async function dispatchCopies(
  deps: CopiesDeps,
  examId: Id,
): Promise<{ assigned: number; copies: CopyView[] }> {
  const exam = await getExamRow(deps.db, examId)
  const markers = await listMarkerRefs(deps, examId)
  if (markers.length === 0) throw new AppError('no-markers', { title: 'This exam has no marker yet.' })

  const assigned = await inTransaction(deps.db, async (tx) => {
    // A review takes copies in another order.
    await takeReview(tx, examId)
    const copies = await listUnassignedForUpdate(tx, examId)
    const counts = await countAssigned(tx, examId)
    const loads = markers.map((marker) => ({ ...marker, copies: counts.get(marker.id) ?? 0 }))
    for (const copy of copies) {
      const marker = leastLoaded(loads)
      marker.copies += 1
      await assignCopy(tx, copy.id, marker.id)
      const metadata = { copy_ref: copy.streamRef, marker_ref: marker.ref }
      await appendExamEvent(deps, tx, exam, 'ASSIGN', metadata)
    }
    return copies.length
  })
  log.grading.info('copies.dispatched', { 'exam.id': examId, copies: assigned })
  return { assigned, copies: (await listCopies(deps.db, { examId })).map(toCopyView) }
}

type Marker = { readonly id: Id; readonly ref: Id }

/** The markers of an exam in the order of their ids, each with the reference that events give them. */
async function listMarkerRefs(deps: CopiesDeps, examId: Id): Promise<Marker[]> {
  const markers: Marker[] = []
  for (const id of [...(await listMarkers(deps.db, examId))].sort()) {
    const account = await deps.findAccount(id)
    if (account) markers.push({ id, ref: account.actorRef })
  }
  return markers
}

/** The marker with the fewest copies; they keep their order, so the first of equals wins. */
function leastLoaded<M extends { readonly copies: number }>(loads: readonly M[]): M {
  return loads.reduce((best, next) => (next.copies < best.copies ? next : best))
}
