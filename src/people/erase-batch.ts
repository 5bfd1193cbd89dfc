import { takeReview } from '../copies/review-store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { afterCommit, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { findExamOfBatch, findLivingCopy } from './erase-batch-store.ts'
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
import { forgetImages, insertErasedBlobs, listErasedBlobs, type ScanRow, takeScans } from './erase-store.ts'
import type { ErasureReason } from './erasure-reasons.ts'

/** Of a scan that is erased by itself. */
export type BatchErasure = ScanSize & Outcome

/** What `eraseBatch` would do now; changes nothing. Throws as `eraseBatch`. */
export function planBatchErasure(
  deps: Pick<ErasureDeps, 'db' | 'blobs'>,
  batchId: Id,
): Promise<BatchErasure> {
  return inTransaction(deps.db, async (tx) => {
    await takeErasable(tx, batchId)
    const size = await measureScans(deps, tx, { batchId })
    const filesLeft = (await listErasedBlobs(tx, { batchId })).length
    return { outcome: isNothing(size) ? 'already-erased' : 'planned', ...size, filesLeft }
  })
}

/**
 * Forgets a scan that came to no copy, or to none that is left: the file and its name, the images of its pages, and
 * whatever the stream of its batch has sealed, with the key. Run again, it completes what a crash, or a restored backup,
 * left.
 * Throws `not-found`, `batch-in-use`, `spool-not-drained`. Rows: the batch and its pages stay, without contents; event
 * `ERASE` on the batch's stream, unless the log has one of the scan itself; files: after the commit.
 */
export async function eraseBatch(
  deps: ErasureDeps,
  command: { readonly batchId: Id; readonly reason: ErasureReason },
): Promise<BatchErasure> {
  const { batchId } = command
  const erased = await inErasure(deps, (tx) => eraseRows(deps, tx, command))
  return { ...erased, filesLeft: await removeFiles(deps, { batchId }, [importFolders(batchId)]) }
}

async function eraseRows(
  deps: ErasureDeps,
  tx: Tx,
  { batchId, reason }: { readonly batchId: Id; readonly reason: ErasureReason },
): Promise<Omit<BatchErasure, 'filesLeft'>> {
  const { scan, examRef } = await takeErasable(tx, batchId)
  faultPoint('erase.taken')
  await assertNotSpooled(tx, [scan.streamRef])
  const size = await measureScans(deps, tx, { batchId })
  if (isNothing(size)) return { outcome: 'already-erased', ...size }

  await insertErasedBlobs(tx, { batchId })
  faultPoint('erase.listed')
  await forgetImages(tx, { batchId })
  faultPoint('erase.images')
  const { files, pages } = size
  await eraseScan(deps, tx, { scan, examRef, reason, byItself: { files, pages } })
  faultPoint('erase.scan')
  afterCommit(tx, () => log.audit.info('batch.erased', { 'batch.id': batchId, pages }))
  return { outcome: 'erased', ...size }
}

/** The batch, taken while nobody moves pages: one of its own might come to a copy meanwhile. */
async function takeErasable(tx: Tx, batchId: Id): Promise<{ scan: ScanRow; examRef: Id }> {
  const exam = await findExamOfBatch(tx, batchId)
  if (exam) await takeReview(tx, exam.examId)
  const [scan] = await takeScans(tx, { batchId })
  if (!exam || !scan) throw new AppError('not-found', { title: 'There is no such batch.' })
  if (findRunning([scan])) {
    throw new AppError('batch-in-use', {
      title: 'The import of this scan has not ended; erase it afterwards.',
      logContext: { 'batch.id': batchId },
    })
  }
  const copyId = await findLivingCopy(tx, batchId)
  if (copyId !== undefined) {
    throw new AppError('batch-in-use', {
      title:
        'A copy that is not erased was made of this scan, or has pages of it: erase the copy, which takes the scan along.',
      logContext: { 'batch.id': batchId, 'copy.id': copyId },
    })
  }
  return { scan, examRef: exam.examRef }
}
