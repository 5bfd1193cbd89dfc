import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import * as mupdf from 'mupdf'
import { engineError } from './errors.ts'
import type { DocumentLimits, InspectTask, PageBox, PageProgress, PdfInspection } from './tasks.ts'

const pointsPerInch = 72
/** The resolution for which `maxPageMegapixels` counts. */
export const renderDpi = 200
/** For documents that were inspected at import: only there to keep a mistake from becoming an outage. */
export const ownLimits: DocumentLimits = { maxPages: 5_000, maxBytes: 1_073_741_824, maxPageMegapixels: 400 }

/** Child side of `inspectPdf`: opens, measures every page, renders nothing. Errors: as `openPdf`. */
export function inspectFile(task: InspectTask, report: (progress: PageProgress) => void): PdfInspection {
  const document = openPdf(task.path, task.limits)
  try {
    // What a rebuilt index finds in a torn file looks whole: the pages are there, their images are not.
    if (document.wasRepaired() && endsWithinAnObject(task.path)) throw engineError('corrupt')
    const pages = measurePages(document, task.limits, renderDpi, report)
    return { pageCount: pages.length, repaired: document.wasRepaired(), pages }
  } finally {
    document.destroy()
  }
}

/**
 * Opens a PDF, cheapest refusal first. The caller destroys the document.
 * Errors: `too-large not-a-pdf corrupt encrypted no-pages too-many-pages`.
 */
export function openPdf(path: string, limits: DocumentLimits): mupdf.PDFDocument {
  if (statSync(path).size > limits.maxBytes) throw engineError('too-large')
  const bytes = readFileSync(path)
  // MuPDF guesses from the content and would happily open a renamed Word file.
  if (!bytes.subarray(0, 1_024).includes('%PDF')) throw engineError('not-a-pdf')
  const document = new mupdf.PDFDocument(bytes)
  try {
    if (document.needsPassword()) throw engineError('encrypted')
    const pageCount = document.countPages()
    if (pageCount < 1) throw engineError(isEmptyDocument(document) ? 'no-pages' : 'corrupt')
    if (pageCount > limits.maxPages) throw engineError('too-many-pages')
    return document
  } catch (error) {
    document.destroy()
    throw error
  }
}

/** Nothing left after a rebuilt index is a torn file; only a sound one can say that it has no page. */
function isEmptyDocument(document: mupdf.PDFDocument): boolean {
  return !document.wasRepaired() && document.getTrailer().get('Root', 'Pages', 'Kids').isArray()
}

/** Whether the file breaks off between the words that begin and end an object. Reads from the end, as far as needed. */
function endsWithinAnObject(path: string): boolean {
  const overlap = 'endobj'.length
  const chunk = Buffer.alloc(1_048_576)
  const file = openSync(path, 'r')
  try {
    for (let end = statSync(path).size; end > overlap; end -= chunk.length - overlap) {
      const start = Math.max(0, end - chunk.length)
      const text = chunk.subarray(0, readSync(file, chunk, 0, end - start, start))
      const [begin, finish] = [text.lastIndexOf(' obj'), text.lastIndexOf('endobj')]
      if (begin !== finish) return begin > finish
    }
    return false
  } finally {
    closeSync(file)
  }
}

/** Errors: `no-pages` when nothing or a page beyond the end is asked for. */
export function assertPagesExist(pageIndexes: readonly number[], pageCount: number): void {
  const areAllThere = pageIndexes.every((index) => Number.isInteger(index) && index >= 0 && index < pageCount)
  if (pageIndexes.length === 0 || !areAllThere) throw engineError('no-pages')
}

/** Sizes of the upright pages. Errors: `page-too-large` before anything is rendered. */
export function measurePages(
  document: mupdf.PDFDocument,
  limits: DocumentLimits,
  dpi: number,
  report: (progress: PageProgress) => void,
): PageBox[] {
  const pages: PageBox[] = []
  for (let pageIndex = 0; pageIndex < document.countPages(); pageIndex++) {
    const box = measurePage(document, pageIndex)
    const scale = dpi / pointsPerInch
    const pixels = Math.ceil(box.widthPoints * scale) * Math.ceil(box.heightPoints * scale)
    if (!(pixels <= limits.maxPageMegapixels * 1e6))
      throw engineError('page-too-large', { 'page.index': pageIndex })
    pages.push(box)
    report({ pageIndex })
  }
  return pages
}

function measurePage(document: mupdf.PDFDocument, pageIndex: number): PageBox {
  const page = document.loadPage(pageIndex)
  try {
    const [left, top, right, bottom] = page.getBounds()
    const turn = page.getObject().getInheritable('Rotate').asNumber()
    return {
      widthPoints: right - left,
      heightPoints: bottom - top,
      rotation: (((Math.round(turn / 90) * 90) % 360) + 360) % 360,
    }
  } finally {
    page.destroy()
  }
}
