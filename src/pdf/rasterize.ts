import * as mupdf from 'mupdf'
import { engineError } from './errors.ts'
import { failureOf, onPageIndex } from './failure.ts'
import { allPageIndexes } from './graft.ts'
import { assertPagesExist, measurePages, openPdf, renderDpi } from './inspect.ts'
import { findKeptScan } from './kept-scan.ts'
import { holdsOneGreyImage, shouldLeaveTraces } from './page-contents.ts'
import { type PageFiles, type Raster, writeKept, writeRendered } from './page-images.ts'
import type { RasterizedPage, RasterizeTask } from './tasks.ts'

/** Child side of `rasterizeDocument`: page after page. Errors: as `openPdf`, `page-too-large`. */
export async function rasterizeFile(
  task: RasterizeTask,
  report: (page: RasterizedPage) => void,
): Promise<RasterizedPage[]> {
  const document = openPdf(task.path, task.limits)
  try {
    measurePages(document, task.limits, task.dpi ?? renderDpi, () => undefined)
    const pageIndexes = task.pageIndexes ?? allPageIndexes(document)
    assertPagesExist(pageIndexes, document.countPages())
    const pages: RasterizedPage[] = []
    for (const pageIndex of pageIndexes) {
      const page = await onPageIndex(pageIndex, () => rasterizePage(document, pageIndex, task))
      report(page)
      pages.push(page)
    }
    return pages
  } finally {
    document.destroy()
  }
}

async function rasterizePage(
  document: mupdf.PDFDocument,
  pageIndex: number,
  task: RasterizeTask,
): Promise<RasterizedPage> {
  const page = document.loadPage(pageIndex)
  try {
    const files: PageFiles = {
      directory: task.outputDirectory,
      pageIndex,
      shouldLeaveTraces: shouldLeaveTraces(page.getObject()),
    }
    const maxPixels = task.limits.maxPageMegapixels * 1e6
    const scan = task.keepScans === false ? undefined : findKeptScan(page, maxPixels)
    const kept = scan === undefined ? undefined : await writeKept(scan, files).catch(blameEngine)
    if (kept !== undefined) return kept
    const { raster, hadErrors } = renderPage(page, task.dpi ?? renderDpi)
    const wanted = { ...files, shouldLeaveTraces: files.shouldLeaveTraces || hadErrors }
    return await writeRendered(raster, wanted).catch(blameEngine)
  } finally {
    page.destroy()
    // MuPDF keeps decoded images for pages to come; the next scan shares none, and the heap never shrinks again.
    mupdf.emptyStore()
  }
}

/** Once there are pixels, a failure to encode or write them is no longer the document's fault. */
function blameEngine(error: unknown): never {
  const { code } = failureOf(error)
  throw engineError(code === 'out-of-memory' || code === 'storage-full' ? code : 'engine-fault')
}

function renderPage(
  page: mupdf.PDFPage,
  dpi: number,
): { readonly raster: Raster; readonly hadErrors: boolean } {
  let errors = 0
  mupdf.setLog({ error: () => void errors++, warning: () => void errors++ })
  const isGrey = holdsOneGreyImage(page.getObject())
  const colorSpace = isGrey ? mupdf.ColorSpace.DeviceGray : mupdf.ColorSpace.DeviceRGB
  const pixmap = page.toPixmap(mupdf.Matrix.scale(dpi / 72, dpi / 72), colorSpace, false, true)
  try {
    const raster: Raster = {
      // A copy: the WASM heap may move or be reused while sharp's threads read.
      data: Buffer.from(pixmap.getPixels()),
      width: pixmap.getWidth(),
      height: pixmap.getHeight(),
      channels: isGrey ? 1 : 3,
    }
    return { raster, hadErrors: errors > 0 }
  } finally {
    pixmap.destroy()
  }
}
