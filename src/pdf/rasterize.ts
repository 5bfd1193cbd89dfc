import { join } from 'node:path'
import * as mupdf from 'mupdf'
import { parsePattern } from './code-pattern.ts'
import { type CodeFinding, type CodeReader, createCodeReader } from './code-reader.ts'
import { engineError, isEngineFault } from './errors.ts'
import { failureOf, onPageIndex } from './failure.ts'
import { fingerprintOf } from './fingerprint.ts'
import { allPageIndexes } from './graft.ts'
import { assertPagesExist, fitsLimits, measurePage, openPdf, renderDpi } from './inspect.ts'
import { loadShownPage } from './page-boxes.ts'
import { hasImages } from './page-contents.ts'
import { flagPage } from './page-flags.ts'
import { screenWidthPx, writePageImages } from './page-images.ts'
import { finenessOf, openPageSource, type PageSource } from './page-source.ts'
import { releasePixels } from './pixel-memory.ts'
import { narrow, type Raster, turnRaster } from './raster.ts'
import { sampleInk, sampleWidthPx } from './sample-ink.ts'
import type { PageOutcome, RasterizedPage, RasterizeTask, Turn } from './tasks.ts'
import { shouldLeaveTraces } from './traces.ts'

/** Child side of `rasterizeDocument`: page after page. Errors: as `openPdf`; a page's own only end that page. */
export async function rasterizeFile(
  task: RasterizeTask,
  report: (page: PageOutcome) => void,
): Promise<PageOutcome[]> {
  const pattern = task.codePattern === undefined ? undefined : parsePattern(task.codePattern)
  const codes = pattern === undefined ? undefined : createCodeReader(pattern)
  const document = openPdf(task.path, task.limits)
  try {
    const pageIndexes = task.pageIndexes ?? allPageIndexes(document)
    assertPagesExist(pageIndexes, document.countPages())
    const pages: PageOutcome[] = []
    for (const pageIndex of pageIndexes) {
      const page = await attemptPage(document, pageIndex, task, codes)
      report(page)
      pages.push(page)
    }
    return pages
  } finally {
    document.destroy()
  }
}

/** What a page does to the engine or to the disk would happen to the next one too; all else is the page's own. */
async function attemptPage(
  document: mupdf.PDFDocument,
  pageIndex: number,
  task: RasterizeTask,
  codes: CodeReader | undefined,
): Promise<PageOutcome> {
  try {
    return await onPageIndex(pageIndex, () => rasterizePage(document, pageIndex, task, codes))
  } catch (error) {
    const { code } = failureOf(error)
    if (isEngineFault(code) || code === 'storage-full') throw error
    return { pageIndex, failed: code }
  }
}

async function rasterizePage(
  document: mupdf.PDFDocument,
  pageIndex: number,
  task: RasterizeTask,
  codes: CodeReader | undefined,
): Promise<RasterizedPage> {
  const { page, isUncropped } = loadShownPage(document, pageIndex)
  try {
    const dpi = task.dpi ?? renderDpi
    if (!fitsLimits(measurePage(page), task.limits, dpi)) throw engineError('page-too-large')
    const decided = task.turns?.[pageIndex]
    const view = { turn: decided ?? 0, hasCodes: codes !== undefined, isUncropped }
    const source = await openPageSource(page, task, dpi, view)
    return await describePage(source, { page, pageIndex, task, codes, decided, isUncropped }).catch(
      blameEngine,
    )
  } finally {
    const mayShareLittle = hasImages(page.getObject())
    page.destroy()
    releasePixels()
    // MuPDF keeps decoded images for pages to come; the next scan shares none, and the heap never shrinks again.
    // What else it keeps (fonts, colour conversions) is small, and pages without images share it.
    if (mayShareLittle) mupdf.emptyStore()
  }
}

type PageContext = {
  readonly page: mupdf.PDFPage
  readonly pageIndex: number
  readonly task: RasterizeTask
  readonly codes: CodeReader | undefined
  /** The turn that a person decided. */
  readonly decided: RasterizedPage['turn'] | undefined
  readonly isUncropped: boolean
}

const noCode: CodeFinding = { code: undefined, turn: 0, isForeign: false }

/** Finds out what the pixels tell, turns the page by its code, and writes its images. */
async function describePage(source: PageSource, context: PageContext): Promise<RasterizedPage> {
  const { pageIndex, task, codes, decided } = context
  const found = (await codes?.read(source.first)) ?? noCode
  const turn = decided ?? found.turn
  const full = await source.encodeFull(turn)
  const byCode = decided === undefined ? found.turn : 0
  const shown = codes === undefined ? source.first : await showTurned(source, turn, byCode)
  const small = await narrow(shown, sampleWidthPx)
  const ink = sampleInk(small, shown)
  const name = `page-${String(pageIndex + 1).padStart(4, '0')}`
  const images = await writePageImages(full, shown, small, join(task.outputDirectory, name))
  const flags = flagPage(ink, {
    dpi: source.dpi,
    isForeign: found.isForeign,
    hasCode: found.code !== undefined,
    isTurnDecided: decided !== undefined,
    isUncropped: context.isUncropped,
    mustLeaveTraces: () => source.hadErrors || shouldLeaveTraces(context.page.getObject()),
  })
  const { path, pathReason, dpi } = source
  return {
    pageIndex,
    ...images,
    path,
    pathReason,
    turn,
    code: found.code,
    flags,
    fingerprint: fingerprintOf(ink),
    dpi,
  }
}

/** What codes were read from, turned, where it is no finer than a screen is; else the pixels are taken anew. */
async function showTurned(source: PageSource, turn: Turn, byCode: Turn): Promise<Raster> {
  const { first } = source
  const serves = byCode % 180 === 0 && first.width < 1.1 * screenWidthPx
  return serves ? turnRaster(first, byCode) : source.open(turn, await finenessOf(source, turn))
}

/** Once there are pixels, a failure to encode or write them is no longer the document's fault. */
function blameEngine(error: unknown): never {
  const { code } = failureOf(error)
  throw engineError(code === 'out-of-memory' || code === 'storage-full' ? code : 'engine-fault')
}
