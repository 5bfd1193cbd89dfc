import { rm } from 'node:fs/promises'
import type { Id } from '../observability/id.ts'
import { conceal, isSameText, Sensitive } from '../observability/sensitive.ts'
import { rasterizeDocument } from '../pdf/engine.ts'
import { isEngineErrorCode, isEngineFault } from '../pdf/errors.ts'
import type { DocumentLimits, PageOutcome, RasterizedPage, RasterizeTask } from '../pdf/tasks.ts'
import { AppError } from '../platform/errors.ts'
import { MEBIBYTE } from '../platform/units.ts'
import type { BatchRow } from './batch-store.ts'
import type { PageFlagView } from './contract.ts'
import type { ImportDeps } from './deps.ts'
import { countUnreadable } from './metrics.ts'
import {
  addPageFault,
  listUnreadPages,
  type StoredImage,
  saveReadPage,
  saveUnreadablePage,
} from './page-store.ts'

export const IMPORT_LIMITS: DocumentLimits = {
  maxPages: 2_500,
  maxBytes: 512 * MEBIBYTE,
  maxPageMegapixels: 80,
}

/** A page that loses the engine is tried once more, then left to a person: a third try would only cost. */
const TRIES_OF_A_PAGE = 2
/** With so many pages in a row that cost the engine, it is the scan that is bad, or the machine. */
const LOST_IN_A_ROW = 5
/** So many of a scan's pages may be lost here and there before an attempt ends: one in twenty, of a small one that many. */
const LOST_OF_A_SCAN = { least: 5, share: 0.05 } as const

type Scan = Pick<BatchRow, 'id' | 'codePattern' | 'codeExam'>

/**
 * Reads every page of a scan that has not been read yet, and records each as it arrives, so that a crash costs the page
 * under way and no other. Idempotent: contents are named by their hash. A page that cannot be read gets its error code
 * and ends nothing. Throws the engine's codes when it is the document, or too many of its pages.
 */
export async function readPages(deps: ImportDeps, scan: Scan, path: string, folder: string): Promise<void> {
  const lost = { inARow: 0, inAll: 0 }
  let bearable: number | undefined
  for (;;) {
    const unread = await listUnreadPages(deps.db, scan.id)
    if (unread.length === 0) return
    bearable ??= Math.max(LOST_OF_A_SCAN.least, unread.length * LOST_OF_A_SCAN.share)
    const pageIndexes = unread.map(({ batchPageIndex }) => batchPageIndex)
    const { fault, pages } = await readSome(deps, scan, { path, outputDirectory: folder, pageIndexes })
    if (pages > 0) lost.inARow = 0
    if (fault === undefined) continue
    // A page at a time: the one after the last that came is the one that the engine was lost over.
    const [blamed] = await listUnreadPages(deps.db, scan.id)
    if (blamed === undefined) return
    const { batchPageIndex } = blamed
    if ((await addPageFault(deps.db, scan.id, batchPageIndex)) < TRIES_OF_A_PAGE) continue
    lost.inARow += 1
    lost.inAll += 1
    if (lost.inARow >= LOST_IN_A_ROW || lost.inAll > bearable) throw fault
    await markUnreadable(deps, scan.id, batchPageIndex, fault.code)
  }
}

/** Reads pages of a scan in one go. Returns how many came, and the fault of the engine that broke it off, if one did. */
async function readSome(
  deps: ImportDeps,
  scan: Scan,
  task: Pick<RasterizeTask, 'path' | 'outputDirectory' | 'pageIndexes'>,
): Promise<{ readonly fault: AppError | undefined; readonly pages: number }> {
  const stored: Promise<void>[] = []
  const options = {
    ...task,
    limits: IMPORT_LIMITS,
    ...(scan.codePattern && { codePattern: scan.codePattern }),
  }
  let fault: AppError | undefined
  try {
    await rasterizeDocument(deps.pool, options, {
      onPage: (page) => {
        const work = storeOutcome(deps, scan, page)
        // Awaited below; until then a failure must not count as unhandled.
        work.catch(() => undefined)
        stored.push(work)
      },
    })
  } catch (error) {
    if (!(error instanceof AppError && isEngineErrorCode(error.code) && isEngineFault(error.code)))
      throw error
    fault = error
  }
  await Promise.all(stored)
  return { fault, pages: stored.length }
}

async function storeOutcome(deps: ImportDeps, scan: Scan, page: PageOutcome): Promise<void> {
  if ('failed' in page) {
    // The disk, not the page: the job is tried again.
    if (page.failed === 'storage-full')
      throw new AppError('storage-full', { title: 'The disk is full.', retryable: true })
    return markUnreadable(deps, scan.id, page.pageIndex, page.failed)
  }
  await storePage(deps, scan, page)
  if (page.flags.some(({ kind }) => kind === 'renders-empty')) countUnreadable('renders-empty')
}

async function markUnreadable(
  deps: Pick<ImportDeps, 'db'>,
  batchId: Id,
  batchPageIndex: number,
  errorCode: string,
): Promise<void> {
  await saveUnreadablePage(deps.db, batchId, { batchPageIndex, errorCode })
  countUnreadable(errorCode)
}

/** Stores the images of a page, then records what was read of it; `turnedIn` as in `saveReadPage`. */
export async function storePage(
  deps: Pick<ImportDeps, 'db' | 'blobs'>,
  scan: Scan,
  page: RasterizedPage,
  turnedIn: Id | null = null,
): Promise<void> {
  const storeImage = async (image: RasterizedPage['full']): Promise<StoredImage> => {
    const { sha256 } = await deps.blobs.putFile(image.path)
    await rm(image.path, { force: true })
    return { sha256, mediaType: image.mediaType }
  }
  const { code } = page
  const full = await storeImage(page.full)
  const images = {
    full,
    screen: page.screen.path === page.full.path ? full : await storeImage(page.screen),
    thumbnail: await storeImage(page.thumbnail),
  }
  const read = {
    batchPageIndex: page.pageIndex,
    ...images,
    widthPx: page.full.widthPx,
    heightPx: page.full.heightPx,
    turn: page.turn,
    copyCode: conceal(code?.copy ?? null),
    pageNumber: code?.page ?? null,
    path: page.path,
    reason: page.pathReason,
    dpi: page.dpi === null ? null : Math.round(page.dpi),
    fingerprint: page.fingerprint,
    flags: flagsOf(page, scan.codeExam),
  }
  await saveReadPage(deps.db, scan.id, read, turnedIn)
}

/** What the engine has found, and whether the code is that of another exam. */
function flagsOf(page: RasterizedPage, codeExam: Sensitive<string> | null): readonly PageFlagView[] {
  const exam = page.code?.exam
  const isForeign = exam !== undefined && codeExam !== null && !isSameText(new Sensitive(exam), codeExam)
  return isForeign ? [...page.flags, { kind: 'foreign-exam', confidence: 1 }] : page.flags
}
