import { isErased } from '../audit/append-store.ts'
import { takeCopyRow } from '../copies/change.ts'
import { takeReview } from '../copies/review-store.ts'
import { type CopyRow, findCopy } from '../copies/store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { afterCommit, type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import {
  type CopyHoldings,
  countCopyHoldings,
  deleteAnnotations,
  deleteRemarks,
  deleteResults,
  deleteScores,
  deleteStudent,
  findCopyInPreparation,
  markErased,
  markErasedAgain,
} from './erase-copy-store.ts'
import {
  assertNotSpooled,
  type ErasureDeps,
  eraseScan,
  findRunning,
  importFolders,
  inErasure,
  isNothing,
  measureScans,
  type Outcome,
  removeFiles,
  type ScanSize,
} from './erase-scan.ts'
import {
  deleteSealedMembers,
  deleteStreamKey,
  forgetImages,
  insertErasedBlobs,
  listErasedBlobs,
  type ScanRow,
  takeScans,
} from './erase-store.ts'
import type { ErasureReason } from './erasure-reasons.ts'

/** What goes, or went, with a copy and the scans that it came in. */
export type ErasureSize = ScanSize & CopyHoldings
export type Erasure = ErasureSize & Outcome

/** What `eraseCopy` would do now; changes nothing. Throws as `eraseCopy`. */
export function planErasure(deps: Pick<ErasureDeps, 'db' | 'blobs'>, copyId: Id): Promise<Erasure> {
  return inTransaction(deps.db, async (tx) => {
    const { copy } = await takeErasable(tx, copyId)
    const size = await measure(deps, tx, copyId)
    const filesLeft = (await listErasedBlobs(tx, { copyId })).length
    return { outcome: isDone(copy, size) ? 'already-erased' : 'planned', ...size, filesLeft }
  })
}

/**
 * Forgets the person of a copy: its marks of every version, its images and files, the scan and the name it came in, and
 * whatever the log has sealed for it and for its scan, with the keys. Run again, it completes what a crash, or a restored
 * backup, left.
 * Throws `not-found`, `copy-in-use`, `spool-not-drained`. Rows: the copy and its pages stay, without contents; event
 * `ERASE`, on the copy's stream and on that of each scan, unless the log has one; files: after the commit.
 */
export async function eraseCopy(
  deps: ErasureDeps,
  command: { readonly copyId: Id; readonly reason: ErasureReason },
): Promise<Erasure> {
  const { copyId } = command
  const { batchIds, ...erased } = await inErasure(deps, (tx) => eraseRows(deps, tx, command))
  const prefixes = [...batchIds.map(importFolders), `prepare-${copyId}-`, `finalize-${copyId}-`]
  return { ...erased, filesLeft: await removeFiles(deps, { copyId }, prefixes) }
}

async function eraseRows(
  deps: ErasureDeps,
  tx: Tx,
  { copyId, reason }: { readonly copyId: Id; readonly reason: ErasureReason },
): Promise<Omit<Erasure, 'filesLeft'> & { readonly batchIds: readonly Id[] }> {
  const { copy, scans } = await takeErasable(tx, copyId)
  const batchIds = scans.map(({ batchId }) => batchId)
  faultPoint('erase.taken')
  await assertNotSpooled(
    tx,
    [copy, ...scans].map(({ streamRef }) => streamRef),
  )
  const size = await measure(deps, tx, copyId)
  if (isDone(copy, size)) return { outcome: 'already-erased', batchIds, ...size }

  await insertErasedBlobs(tx, { copyId })
  faultPoint('erase.listed')
  const seq = await mark(tx, copy)
  faultPoint('erase.marked')
  await deleteAnnotations(tx, copyId)
  faultPoint('erase.annotations')
  await deleteScores(tx, copyId)
  faultPoint('erase.scores')
  await deleteRemarks(tx, copyId)
  faultPoint('erase.remarks')
  await deleteResults(tx, copyId)
  faultPoint('erase.results')
  await deleteStudent(tx, copyId)
  faultPoint('erase.student')
  await forgetImages(tx, { copyId })
  faultPoint('erase.images')
  for (const scan of scans) await eraseScan(deps, tx, { scan, examRef: copy.examRef, reason })
  faultPoint('erase.scan')
  const fields = await deleteSealedMembers(tx, copy.streamRef)
  faultPoint('erase.members')
  await deleteStreamKey(tx, copy.streamRef)
  faultPoint('erase.key')
  if (seq !== undefined) {
    await deps.appendEvent(tx, {
      action: 'ERASE',
      stream: { kind: 'copy', ref: copy.streamRef, seq },
      examRef: copy.examRef,
      metadata: { reason_code: reason, fields, files: size.files },
    })
  }
  faultPoint('erase.recording')
  afterCommit(tx, () => log.audit.info('copy.erased', { 'copy.id': copyId, pages: copy.pages }))
  return { outcome: 'erased', batchIds, ...size }
}

/**
 * Batches and copy, taken in the order in which the end of an import takes them, while nobody moves pages: one that came
 * to the copy meanwhile would bring another scan.
 */
async function takeErasable(tx: Tx, copyId: Id): Promise<{ copy: CopyRow; scans: readonly ScanRow[] }> {
  const known = await findCopy(tx, copyId)
  if (known) await takeReview(tx, known.examId)
  const scans = await takeScans(tx, { copyId })
  const copy = await takeCopyRow(tx, copyId)
  if (scans.length === 0) throw new Error('a copy without its batch')
  if (copy.status === 'LOCKED' || copy.status === 'GRADING_IN_PROGRESS') {
    throw new AppError('copy-in-use', {
      title: 'Somebody is marking this copy, or its marked PDF is being made; erase it afterwards.',
      logContext: { 'copy.id': copyId, 'copy.status': copy.status },
    })
  }
  const running = findRunning(scans)
  if (running) {
    throw new AppError('copy-in-use', {
      title: 'The import of this copy has not ended; erase it afterwards.',
      logContext: { 'copy.id': copyId, 'batch.id': running.batchId },
    })
  }
  const waitingId = await findCopyInPreparation(
    tx,
    copyId,
    scans.map(({ batchId }) => batchId),
  )
  if (waitingId) {
    throw new AppError('copy-in-use', {
      title: 'The PDF of another copy is still to be made of the same scan; erase this one afterwards.',
      logContext: { 'copy.id': waitingId },
    })
  }
  return { copy, scans }
}

async function measure(deps: Pick<ErasureDeps, 'blobs'>, db: Database, copyId: Id): Promise<ErasureSize> {
  return { ...(await measureScans(deps, db, { copyId })), ...(await countCopyHoldings(db, copyId)) }
}

function isDone({ erasedAt }: CopyRow, size: ErasureSize): boolean {
  return erasedAt !== null && isNothing(size)
}

/** The place of the event, undefined when the log has it already. */
async function mark(tx: Tx, copy: CopyRow): Promise<number | undefined> {
  if (copy.erasedAt !== null) return undefined
  if (!(await isErased(tx, copy.streamRef))) return markErased(tx, copy.id)
  await markErasedAgain(tx, copy.id)
  return undefined
}
