import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { inspectPdf } from '../pdf/engine.ts'
import { engineError, isEngineErrorCode, isEngineFault } from '../pdf/errors.ts'
import { isConnectionLost } from '../platform/connection-lost.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError, errorCodeOf, isInterruption } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { removeLeftovers } from '../platform/leftovers.ts'
import { SECOND } from '../platform/units.ts'
import { workerLost } from '../queue/job.ts'
import type { JobRun } from '../queue/run.ts'
import { listDeadJobs } from '../queue/store.ts'
import {
  type BatchRow,
  endImport,
  findBatch,
  forgetAttempt,
  listLongImports,
  startImport,
} from './batch-store.ts'
import { changeCopy, takeCopy } from './change.ts'
import type { ImportDeps } from './deps.ts'
import { type CutScan, cutIntoCopies, fileScan } from './file-scan.ts'
import { countUnreadable, observeImport } from './metrics.ts'
import { findPageErrors, openPages } from './page-store.ts'
import { openFileName } from './read.ts'
import { IMPORT_LIMITS, readPages } from './read-pages.ts'

/** Attempts in a row that read no page more than the one before. */
const STALLED_ATTEMPTS = 3
/** A document that faults the engine is tried once more, then parked: a third try would only cost. */
const STALLED_BY_POISON = 2

/**
 * The import job, in the order of time: open the scan in an isolated process and make a row for each of its pages, read
 * page after page and record each as it comes, cut the stack, then one transaction that files the pages in copies, with
 * an `IMPORT` event for each. Safe to run again after a crash at any line: it goes on with the pages that are left,
 * contents are named by their hash, and only the run that ends the batch files.
 * Throws the engine's codes; the last failure is recorded with its own `IMPORT` event before it is thrown on.
 */
export async function performImport(deps: ImportDeps, payload: { batchId: Id }, job: JobRun): Promise<void> {
  const batch = await findBatch(deps.db, payload.batchId)
  const prefix = `import-${payload.batchId}-`
  // What an attempt that was killed left behind, also when it had just ended the import.
  await removeLeftovers(deps.workDirectory, 0, (name) => name.startsWith(prefix))
  // A scan that was erased had been imported before, or given up.
  const stalled = batch?.originalSha256 ? await startImport(deps.db, batch.id, job.id) : undefined
  if (!batch?.originalSha256 || stalled === undefined) return
  const { originalSha256 } = batch
  // Those before did not live to say why they failed.
  if (stalled > STALLED_ATTEMPTS) {
    await recordImportFailure(deps, batch, job.id, workerLost(), batch.pageCount ?? undefined)
    throw workerLost()
  }
  faultPoint('import.begun')
  let pageCount: number | undefined
  const folder = join(deps.workDirectory, `${prefix}${job.attempt}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const scan = await deps.blobs.withLocalFile(originalSha256, async (path) => {
      const found = await inspectPdf(deps.pool, { path, limits: IMPORT_LIMITS })
      pageCount = found.pageCount
      await inTransaction(deps.db, (tx) => openPages(tx, batch.id, found))
      faultPoint('import.inspected')
      await readPages(deps, batch, path, folder)
      await assertSomethingWasRead(deps, batch.id, pageCount)
      faultPoint('import.rasterized')
      const cut = await cutIntoCopies(deps, { ...batch, originalSha256 }, path, folder)
      faultPoint('import.cut')
      return cut
    })
    await recordImport(deps, batch, job, scan)
  } catch (error) {
    if (isInterruption(error)) {
      await forgetAttempt(deps.db, batch.id, stalled)
      throw error
    }
    const isForgiven = isConnectionLost(error) && job.attempt < MOST_FORGIVEN
    if (isForgiven) await forgetAttemptOnceBack(deps.db, batch.id, stalled)
    const failure = isForgiven ? error : finalWhenStalled(error, stalled)
    if (job.isLastAttempt || (failure instanceof AppError && !failure.retryable)) {
      await recordImportFailure(deps, batch, job.id, failure, pageCount)
    }
    throw failure
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** For how long, and how often, an attempt that lost the database looks whether it is back. */
const [BACK_WITHIN_MS, LOOK_EVERY_MS] = [60 * SECOND, SECOND / 2]

/** From this attempt on a lost database counts: it may be this very scan that brings it down. */
const MOST_FORGIVEN = 10

/** A database that goes away says nothing of the scan: such an attempt leads nowhere and does not count. */
async function forgetAttemptOnceBack(db: Database, batchId: Id, stalled: number): Promise<void> {
  const end = performance.now() + BACK_WITHIN_MS
  while (performance.now() < end) {
    try {
      await forgetAttempt(db, batchId, stalled)
      return
    } catch {
      await sleep(LOOK_EVERY_MS)
    }
  }
}

/** The import that no worker ended: every attempt was lost. */
export async function recordLostImport(
  deps: RecordingDeps,
  payload: { batchId: Id },
  job: { id: Id },
): Promise<void> {
  const batch = await findBatch(deps.db, payload.batchId)
  if (batch) await recordImportFailure(deps, batch, job.id, workerLost(), batch.pageCount ?? undefined)
}

/** A job lives at most this long without a trace in its queue before its batch is looked at. */
const LOOK_AFTER_SECONDS = 60

/** Ends the imports whose job is gone without a word, so that no batch hangs for ever; run by the sweeper. */
export async function sweepLostImports(deps: RecordingDeps): Promise<void> {
  const candidates = await listLongImports(deps.db, LOOK_AFTER_SECONDS)
  const jobIds = candidates.map(({ jobId }) => jobId)
  const dead = new Set(jobIds.length > 0 ? await listDeadJobs(deps.db, jobIds) : [])
  for (const { batchId, jobId } of candidates) {
    if (dead.has(jobId)) await recordLostImport(deps, { batchId }, { id: jobId })
  }
}

type RecordingDeps = Pick<ImportDeps, 'db' | 'keys' | 'appendEvent'>

/** The same error, no longer one to be tried again once too many attempts have led nowhere. */
function finalWhenStalled(error: unknown, stalled: number): unknown {
  const code = errorCodeOf(error)
  const isPoison = isEngineErrorCode(code) && isEngineFault(code)
  if (stalled < (isPoison ? STALLED_BY_POISON : STALLED_ATTEMPTS)) return error
  if (!(error instanceof AppError)) {
    return new AppError('internal', { title: 'The import failed on our side.', cause: error })
  }
  return new AppError(error.code, { title: error.title, logContext: error.logContext, cause: error })
}

/** A scan of which no page can be read has failed, with the code of its first page. */
async function assertSomethingWasRead(deps: ImportDeps, batchId: Id, pageCount: number): Promise<void> {
  const errors = await findPageErrors(deps.db, batchId)
  const [code] = errors
  if (code !== undefined && errors.length === pageCount && isEngineErrorCode(code)) {
    const { title, logContext } = engineError(code)
    throw new AppError(code, { title, logContext })
  }
}

async function recordImport(deps: ImportDeps, batch: BatchRow, job: JobRun, scan: CutScan): Promise<void> {
  const ended = await inTransaction(deps.db, async (tx) => {
    const events = scan.copies.length === 0 ? 1 : 0
    const end = await endImport(tx, { batchId: batch.id, jobId: job.id, status: 'IMPORTED', events })
    if (!end) return undefined
    await fileScan(deps, tx, batch, scan)
    if (scan.copies.length === 0) await recordUncut(deps, tx, batch, end.seq, scan.pageCount)
    faultPoint('import.recording')
    return end
  })
  faultPoint('import.recorded')
  if (!ended) return
  observeImport({ success: true, pages: scan.pageCount, seconds: ended.seconds })
  log.grading.info('import.completed', {
    'batch.id': batch.id,
    'exam.id': batch.examId,
    pages: scan.pageCount,
    copies: scan.copies.length,
  })
}

/** A stack shorter than one copy leaves its `IMPORT` on the batch's stream: there is no copy to tell it. */
async function recordUncut(
  deps: ImportDeps,
  tx: Tx,
  batch: BatchRow,
  seq: number,
  pages: number,
): Promise<void> {
  await deps.appendEvent(tx, {
    action: 'IMPORT',
    stream: { kind: 'batch', ref: batch.streamRef, seq },
    examRef: batch.examRef,
    metadata: { success: true, pages, filename: openFileName(deps.keys, batch) },
  })
}

/** Records the end of a failed import in its own transaction: on the copy's stream, or on the batch's for a stack. */
async function recordImportFailure(
  deps: RecordingDeps,
  batch: BatchRow,
  jobId: Id,
  failure: unknown,
  pages: number | undefined,
): Promise<void> {
  const errorCode = errorCodeOf(failure)
  const metadata = { success: false, error_code: errorCode, pages, filename: openFileName(deps.keys, batch) }
  const copyId = batch.split === 'one-copy' ? batch.copies[0] : undefined
  const ended = await inTransaction(deps.db, async (tx) => {
    const events = copyId ? 0 : 1
    const end = await endImport(tx, { batchId: batch.id, jobId, status: 'FAILED', errorCode, events })
    if (!end) return undefined
    if (copyId) {
      await changeCopy(deps, tx, await takeCopy(tx, copyId), {}, [{ action: 'IMPORT', metadata }])
    } else {
      const stream = { kind: 'batch', ref: batch.streamRef, seq: end.seq } as const
      await deps.appendEvent(tx, { action: 'IMPORT', stream, examRef: batch.examRef, metadata })
    }
    return end
  })
  if (!ended) return
  observeImport({ success: false, pages, seconds: ended.seconds })
  if (isEngineErrorCode(errorCode) && errorCode !== 'storage-full') countUnreadable(errorCode)
  log.grading.error(
    'import.failed',
    {
      'batch.id': batch.id,
      'exam.id': batch.examId,
      'error.code': errorCode,
    },
    failure,
  )
}
