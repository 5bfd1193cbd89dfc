import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal } from '../observability/sensitive.ts'
import { extractPages, inspectPdf, rasterizeDocument } from '../pdf/engine.ts'
import { isEngineErrorCode, isEngineFault } from '../pdf/errors.ts'
import type { RasterizedPage } from '../pdf/tasks.ts'
import { inTransaction, type Tx } from '../platform/database.ts'
import { AppError, errorCodeOf, isInterruption } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { newAnonymousId, newId } from '../platform/ids.ts'
import { removeLeftovers } from '../platform/leftovers.ts'
import { MEBIBYTE } from '../platform/units.ts'
import { workerLost } from '../queue/job.ts'
import type { JobRun } from '../queue/run.ts'
import { listDeadJobs } from '../queue/store.ts'
import {
  type BatchRow,
  endImport,
  findBatch,
  listLongImports,
  setPageCount,
  setPagesDone,
  startImport,
} from './batch-store.ts'
import { changeCopy, takeCopy } from './change.ts'
import type { ImportDeps } from './deps.ts'
import { countUnreadable, observeImport } from './metrics.ts'
import { insertPage, type NewPage, type StoredImage } from './page-store.ts'
import { openFileName } from './read.ts'
import { insertCopy } from './store.ts'

const IMPORT_LIMITS = { maxPages: 2_500, maxBytes: 512 * MEBIBYTE, maxPageMegapixels: 80 } as const

/** A document that faults the engine is tried once more, then parked: a third try would only cost. */
const ATTEMPTS_FOR_POISON = 2

/** One copy to be: its pages by their place in the scan, and its own PDF. */
type CutCopy = { readonly pageIndexes: readonly number[]; readonly originalSha256: string }
type FiledCopy = CutCopy & { readonly copyId: Id }

/**
 * The import job, in the order of time: read the scan in an isolated process, store its images, cut the stack, then
 * one transaction with the pages, the copies and an `IMPORT` event for each. Safe to run again after a crash at any
 * line: contents are named by their hash, and only the run that ends the batch writes rows.
 * Throws the engine's codes; the last failure is recorded with its own `IMPORT` event before it is thrown on.
 */
export async function performImport(deps: ImportDeps, payload: { batchId: Id }, job: JobRun): Promise<void> {
  const batch = await findBatch(deps.db, payload.batchId)
  const prefix = `import-${payload.batchId}-`
  // What an attempt that was killed left behind, also when it had just ended the import.
  await removeLeftovers(deps.workDirectory, 0, (name) => name.startsWith(prefix))
  // A scan that was erased had been imported before.
  if (!batch?.originalSha256 || !(await startImport(deps.db, batch.id, job.id))) return
  const { originalSha256 } = batch
  faultPoint('import.begun')
  let pageCount: number | undefined
  const folder = join(deps.workDirectory, `${prefix}${job.attempt}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const scan = await deps.blobs.withLocalFile(originalSha256, async (path) => {
      pageCount = (await inspectPdf(deps.pool, { path, limits: IMPORT_LIMITS })).pageCount
      await setPageCount(deps.db, batch.id, pageCount)
      faultPoint('import.inspected')
      const pages = await storePages(deps, batch.id, path, folder)
      faultPoint('import.rasterized')
      const cuts = await cutCopies(deps, { ...batch, originalSha256 }, path, pageCount, folder)
      faultPoint('import.cut')
      return { pages, cuts }
    })
    await recordImport(deps, batch, job, scan)
  } catch (error) {
    const failure = finalAfterPoison(error, job)
    if (isInterruption(failure)) throw failure
    if (job.isLastAttempt || (failure instanceof AppError && !failure.retryable)) {
      await recordImportFailure(deps, batch, job.id, failure, pageCount)
    }
    throw failure
  } finally {
    await rm(folder, { recursive: true, force: true })
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

function finalAfterPoison(error: unknown, job: JobRun): unknown {
  const isPoison = error instanceof AppError && isEngineErrorCode(error.code) && isEngineFault(error.code)
  if (!isPoison || job.attempt < ATTEMPTS_FOR_POISON) return error
  return new AppError(error.code, { title: error.title, logContext: error.logContext, cause: error })
}

/** Rasterizes the scan and stores each page's images as it arrives, so that the progress of the batch is true. */
async function storePages(deps: ImportDeps, batchId: Id, path: string, folder: string): Promise<NewPage[]> {
  const stored: Promise<NewPage>[] = []
  const store = async (page: RasterizedPage): Promise<NewPage> => {
    const result = await storePage(deps, page)
    await setPagesDone(deps.db, batchId, page.pageIndex + 1)
    return result
  }
  await rasterizeDocument(
    deps.pool,
    { path, outputDirectory: folder, limits: IMPORT_LIMITS },
    {
      onPage: (page) => {
        const work = store(page)
        // Awaited below; until then a failure must not count as unhandled.
        work.catch(() => undefined)
        stored.push(work)
      },
    },
  )
  const pages = await Promise.all(stored)
  return pages.sort((a, b) => a.batchPageIndex - b.batchPageIndex)
}

async function storePage(deps: ImportDeps, page: RasterizedPage): Promise<NewPage> {
  const storeImage = async (image: RasterizedPage['full']): Promise<StoredImage> => {
    const { sha256 } = await deps.blobs.put(createReadStream(image.path))
    await rm(image.path, { force: true })
    return { sha256, mediaType: image.mediaType }
  }
  return {
    batchPageIndex: page.pageIndex,
    full: await storeImage(page.full),
    screen: await storeImage(page.screen),
    thumbnail: await storeImage(page.thumbnail),
    widthPx: page.full.widthPx,
    heightPx: page.full.heightPx,
    isBlank: page.isBlank,
    rendersEmpty: page.rendersEmpty,
  }
}

/** Cuts the scan: the whole file is one copy, or a stack every so many pages. A rest too short for a copy stays unresolved. */
async function cutCopies(
  deps: ImportDeps,
  batch: Pick<BatchRow, 'pagesPerCopy'> & { readonly originalSha256: string },
  path: string,
  pageCount: number,
  folder: string,
): Promise<CutCopy[]> {
  const size = batch.pagesPerCopy
  if (size === null) {
    return [
      { pageIndexes: Array.from({ length: pageCount }, (_, i) => i), originalSha256: batch.originalSha256 },
    ]
  }
  const cuts: CutCopy[] = []
  for (let first = 0; first + size <= pageCount; first += size) {
    const pageIndexes = Array.from({ length: size }, (_, i) => first + i)
    const outputPath = join(folder, `copy-${first}.pdf`)
    await extractPages(deps.pool, { path, pageIndexes, outputPath })
    const { sha256 } = await deps.blobs.put(createReadStream(outputPath))
    await rm(outputPath, { force: true })
    cuts.push({ pageIndexes, originalSha256: sha256 })
  }
  return cuts
}

async function recordImport(
  deps: ImportDeps,
  batch: BatchRow,
  job: JobRun,
  scan: { pages: readonly NewPage[]; cuts: readonly CutCopy[] },
): Promise<void> {
  const fileName = openFileName(deps.keys, batch)
  const ended = await inTransaction(deps.db, async (tx) => {
    const events = scan.cuts.length === 0 ? 1 : 0
    const end = await endImport(tx, { batchId: batch.id, jobId: job.id, status: 'IMPORTED', events })
    if (!end) return undefined
    const copies = await insertCutCopies(tx, batch, scan.cuts)
    const places = placesOf(copies)
    for (const page of scan.pages) await insertPage(tx, batch.id, page, places.get(page.batchPageIndex))
    for (const { copyId, pageIndexes, originalSha256 } of copies) {
      const metadata = {
        success: true,
        pages: pageIndexes.length,
        filename: fileName,
        original_sha256: conceal(originalSha256),
      }
      await changeCopy(deps, tx, await takeCopy(tx, copyId), { originalSha256 }, [
        { action: 'IMPORT', metadata },
      ])
    }
    if (scan.cuts.length === 0) await recordUncut(deps, tx, batch, end.seq, scan.pages.length)
    faultPoint('import.recording')
    return end
  })
  faultPoint('import.recorded')
  if (!ended) return
  observeImport({ success: true, pages: scan.pages.length, seconds: ended.seconds })
  if (scan.pages.some((page) => page.rendersEmpty)) countUnreadable('renders-empty')
  log.grading.info('import.completed', {
    'batch.id': batch.id,
    'exam.id': batch.examId,
    pages: scan.pages.length,
    copies: scan.cuts.length,
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

/** Makes the copies of a stack (a single copy exists since its upload); returns each cut with its copy. */
async function insertCutCopies(
  tx: Tx,
  batch: BatchRow,
  cuts: readonly CutCopy[],
): Promise<readonly FiledCopy[]> {
  const copies: FiledCopy[] = []
  for (const [index, cut] of cuts.entries()) {
    const copyId = batch.pagesPerCopy === null ? batch.copies[0] : newId()
    if (copyId === undefined) throw new Error('a batch of one copy without its copy')
    if (batch.pagesPerCopy !== null) {
      const anonymousId = newAnonymousId()
      await insertCopy(tx, {
        id: copyId,
        examId: batch.examId,
        batchId: batch.id,
        batchPosition: index + 1,
        anonymousId,
      })
    }
    copies.push({ ...cut, copyId })
  }
  return copies
}

/** The copy and the page of it that each scanned page is, by its place in the scan. */
function placesOf(copies: readonly FiledCopy[]): ReadonlyMap<number, { copyId: Id; pageIndex: number }> {
  const places = copies.flatMap(({ copyId, pageIndexes }) =>
    pageIndexes.map((batchPageIndex, pageIndex) => [batchPageIndex, { copyId, pageIndex }] as const),
  )
  return new Map(places)
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
  const copyId = batch.pagesPerCopy === null ? batch.copies[0] : undefined
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
