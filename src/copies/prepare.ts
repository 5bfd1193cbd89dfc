import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { rasterizeDocument } from '../pdf/engine.ts'
import { engineError } from '../pdf/errors.ts'
import type { ExtractedPage } from '../pdf/tasks.ts'
import { AppError } from '../platform/errors.ts'
import { removeLeftovers } from '../platform/leftovers.ts'
import type { JobRun } from '../queue/run.ts'
import { findBatch } from './batch-store.ts'
import type { ImportDeps } from './deps.ts'
import { storeExtract } from './file-scan.ts'
import { listPlacedPages, type PlacedPage, savePrepared } from './prepare-store.ts'
import { IMPORT_LIMITS, storePage } from './read-pages.ts'
import { findCopy } from './store.ts'

/**
 * Makes a copy ready to be declared complete after its pages were changed: the images of pages that were turned, and the
 * PDF of its pages as they are. A run for pages that have changed again does nothing: another job has been asked for.
 * Safe to run again. Throws the engine's codes, `copy-erased`.
 */
export async function performPreparation(
  deps: ImportDeps,
  { copyId, pagesVersion }: { copyId: Id; pagesVersion: number },
  job: JobRun,
): Promise<void> {
  // Of these pages: a job for the pages before them may still run, and must find its folder.
  const prefix = `prepare-${copyId}-${pagesVersion}-`
  await removeLeftovers(deps.workDirectory, 0, (name) => name.startsWith(prefix))
  const copy = await findCopy(deps.db, copyId)
  if (copy?.pagesVersion !== pagesVersion || copy.status !== 'STAGING' || copy.erasedAt !== null) return
  const pages = await listPlacedPages(deps.db, copyId)
  const folder = join(deps.workDirectory, `${prefix}${job.attempt}`)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const batchId of new Set(pages.map((page) => page.batchId))) {
      await turnImages(deps, { copyId, batchId, pages }, folder)
    }
    const preparedSha256 = await makeOriginal(deps, pages, folder)
    await savePrepared(deps.db, { copyId, pagesVersion, preparedSha256 })
    log.grading.info('copy.prepared', { 'copy.id': copyId, pages: pages.length })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Reads pages again that were turned since their images were made. */
async function turnImages(
  deps: ImportDeps,
  { copyId, batchId, pages }: { copyId: Id; batchId: Id; pages: readonly PlacedPage[] },
  outputDirectory: string,
): Promise<void> {
  const turned = pages.filter((page) => page.batchId === batchId && page.turn !== page.imageTurn)
  if (turned.length === 0) return
  const batch = await findBatch(deps.db, batchId)
  if (!batch?.originalSha256) throw scanErased()
  await deps.blobs.withLocalFile(batch.originalSha256, async (path) => {
    const outcomes = await rasterizeDocument(deps.pool, {
      path,
      outputDirectory,
      limits: IMPORT_LIMITS,
      pageIndexes: turned.map(({ batchPageIndex }) => batchPageIndex),
      turns: Object.fromEntries(turned.map(({ batchPageIndex, turn }) => [batchPageIndex, turn])),
    })
    for (const page of outcomes) {
      if ('failed' in page) throw engineError(page.failed, { 'page.index': page.pageIndex })
      await storePage(deps, batch, page, copyId)
    }
  })
}

/** The scan itself where the copy is all of it as it lies, else its pages, from whatever scans they are. */
async function makeOriginal(deps: ImportDeps, pages: readonly PlacedPage[], folder: string): Promise<string> {
  const [first] = pages
  const isWhole =
    first !== undefined &&
    pages.length === first.scanPages &&
    pages.every((page, i) => page.batchId === first.batchId && page.batchPageIndex === i && page.turn === 0)
  if (isWhole) return first.scanSha256 ?? Promise.reject(scanErased())
  const withPaths = async (scans: readonly string[], paths: ReadonlyMap<string, string>): Promise<string> => {
    const [scan, ...others] = scans
    if (scan === undefined) return storeExtract(deps, placeOn(pages, paths), join(folder, 'copy.pdf'))
    return deps.blobs.withLocalFile(scan, (path) => withPaths(others, new Map([...paths, [scan, path]])))
  }
  return withPaths([...new Set(pages.map(({ scanSha256 }) => scanSha256 ?? ''))], new Map())
}

function placeOn(pages: readonly PlacedPage[], paths: ReadonlyMap<string, string>): readonly ExtractedPage[] {
  return pages.map(({ scanSha256, batchPageIndex, turn }) => {
    const path = paths.get(scanSha256 ?? '')
    if (path === undefined) throw scanErased()
    return { path, pageIndex: batchPageIndex, turn }
  })
}

function scanErased(): AppError {
  return new AppError('copy-erased', { title: 'The scan of these pages was erased.' })
}
