import type { MetadataOf } from '../audit/actions.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { type BatchRow, markDismissed, resetImport, takeBatch } from './batch-store.ts'
import type { CopiesDeps } from './deps.ts'
import { importBatchJob } from './import-job.ts'
import { forgetPageErrors } from './page-store.ts'

type Deps = Pick<CopiesDeps, 'db' | 'appendEvent'>

/**
 * FAILED → UPLOADED, with a new job, which goes on with the pages that are left and tries those again that could not be
 * read. A failed import has filed no page, so that nothing is doubled. Throws `not-found`, and as `assertImportFailed`. Events: `REPAIR` on the
 * batch's stream, and later the `IMPORT` of the new run.
 */
export async function retryImport(
  deps: Deps & Pick<CopiesDeps, 'enqueue'>,
  batchId: Id,
  repair: MetadataOf<'REPAIR'>,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const { status, originalSha256 } = await repairBatch(deps, tx, batchId, repair)
    assertImportFailed({ status, originalSha256 })
    await forgetPageErrors(tx, batchId)
    await resetImport(tx, batchId, await deps.enqueue(tx, importBatchJob, { batchId }))
  })
  log.grading.info('import.retried', { 'batch.id': batchId })
}

/**
 * Says of a failed import that nobody will make it good: it stays as it is, and waits for nobody. Throws as
 * `retryImport`. Event: `REPAIR` on the batch's stream.
 */
export async function dismissImport(deps: Deps, batchId: Id, repair: MetadataOf<'REPAIR'>): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const { status, originalSha256 } = await repairBatch(deps, tx, batchId, repair)
    assertImportFailed({ status, originalSha256 })
    if (await markDismissed(tx, batchId)) return
    throw new AppError('repair-not-applicable', { title: 'This batch has just been dismissed.' })
  })
  log.grading.info('import.dismissed', { 'batch.id': batchId })
}

/** Throws `copy-erased` when the scan is no longer there, else `repair-not-applicable` unless its import has failed. */
export function assertImportFailed(batch: Pick<BatchRow, 'status' | 'originalSha256'>): void {
  if (batch.originalSha256 === null) {
    throw new AppError('copy-erased', {
      title: 'The scan of this batch was erased.',
    })
  }
  if (batch.status === 'FAILED') return
  throw new AppError('repair-not-applicable', {
    title: 'The import of this batch has not failed.',
    problem: { currentStatus: batch.status },
  })
}

/** Takes a batch and writes a repair of it to its stream. Throws `not-found`. Event: `REPAIR`. */
export async function repairBatch(
  deps: Pick<CopiesDeps, 'appendEvent'>,
  tx: Tx,
  batchId: Id,
  metadata: MetadataOf<'REPAIR'>,
): Promise<BatchRow> {
  const taken = await takeBatch(tx, batchId)
  if (!taken) throw new AppError('not-found', { title: 'There is no such batch.' })
  const { batch, seq } = taken
  const stream = { kind: 'batch', ref: batch.streamRef, seq } as const
  await deps.appendEvent(tx, { action: 'REPAIR', stream, examRef: batch.examRef, metadata })
  return batch
}
