import { closeSync, openSync, readSync, statSync } from 'node:fs'
import * as mupdf from 'mupdf'
import { engineError } from './errors.ts'
import { failureOf } from './failure.ts'
import { loadPage } from './page-boxes.ts'
import { mendPageTree } from './page-tree.ts'
import type { DocumentLimits, InspectTask, PageBox, PageProgress, PdfInspection, Turn } from './tasks.ts'

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
    const pages = measurePages(document, task.limits, report)
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
  // MuPDF guesses from the content and would happily open a renamed Word file.
  if (!readHead(path).includes('%PDF')) throw engineError('not-a-pdf')
  const document = openByRange(path)
  try {
    if (document.needsPassword()) throw engineError('encrypted')
    mendPageTree(document)
    const pageCount = document.countPages()
    if (pageCount < 1) throw engineError(isEmptyDocument(document) ? 'no-pages' : 'corrupt')
    if (pageCount > limits.maxPages) throw engineError('too-many-pages')
    return document
  } catch (error) {
    document.destroy()
    throw error
  }
}

function readHead(path: string): Buffer {
  const head = Buffer.alloc(1_024)
  const file = openSync(path, 'r')
  try {
    return head.subarray(0, readSync(file, head, 0, head.length, 0))
  } finally {
    closeSync(file)
  }
}

/** Reads only what is asked for: a stack of scans may be larger than all that one page needs of memory. */
function openByRange(path: string): mupdf.PDFDocument {
  const file = openSync(path, 'r')
  const stream = new mupdf.Stream({
    fileSize: () => statSync(path).size,
    read: (memory, offset, length, position) => readSync(file, memory, offset, length, position),
    close: () => closeSync(file),
  })
  try {
    // The document holds the stream from here on, and closes it.
    return new mupdf.PDFDocument(stream)
  } finally {
    stream.destroy()
  }
}

/** Nothing left after a rebuilt index is a torn file; only a sound one can say that it has no page. */
function isEmptyDocument(document: mupdf.PDFDocument): boolean {
  const pages = document.getTrailer().get('Root', 'Pages', 'Kids')
  return !document.wasRepaired() && pages.isArray() && pages.length === 0
}

/**
 * Whether the file breaks off between the words that begin and end an object. One whose index follows does not break off,
 * even if it never says that an object ends. Reads from the end, as far as needed.
 */
function endsWithinAnObject(path: string): boolean {
  const overlap = 'startxref'.length
  const chunk = Buffer.alloc(1_048_576)
  const file = openSync(path, 'r')
  try {
    for (let end = statSync(path).size; end > overlap; end -= chunk.length - overlap) {
      const start = Math.max(0, end - chunk.length)
      const text = chunk.subarray(0, readSync(file, chunk, 0, end - start, start))
      const begin = text.lastIndexOf(' obj')
      const finish = Math.max(text.lastIndexOf('endobj'), text.lastIndexOf('startxref'))
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

/** Sizes of the upright pages. Errors: `corrupt` when none can be loaded, `page-too-large` when none is small enough. */
function measurePages(
  document: mupdf.PDFDocument,
  limits: DocumentLimits,
  report: (progress: PageProgress) => void,
): (PageBox | null)[] {
  const pages: (PageBox | null)[] = []
  for (let pageIndex = 0; pageIndex < document.countPages(); pageIndex++) {
    pages.push(measurePageAt(document, pageIndex))
    report({ pageIndex })
  }
  const boxes = pages.filter((box) => box !== null)
  if (boxes.length === 0) throw engineError('corrupt', { 'page.index': 0 })
  if (!boxes.some((box) => fitsLimits(box, limits, renderDpi))) {
    throw engineError('page-too-large', { 'page.index': 0 })
  }
  return pages
}

/** Whether a page has an area that may be rendered. */
export function fitsLimits(box: PageBox, limits: DocumentLimits, dpi: number): boolean {
  const scale = dpi / pointsPerInch
  const pixels = Math.ceil(box.widthPoints * scale) * Math.ceil(box.heightPoints * scale)
  return pixels <= limits.maxPageMegapixels * 1e6
}

/** `null` for a page that cannot be loaded: the others are worth reading. */
function measurePageAt(document: mupdf.PDFDocument, pageIndex: number): PageBox | null {
  try {
    const page = loadPage(document, pageIndex)
    try {
      return measurePage(page)
    } finally {
      page.destroy()
    }
  } catch (error) {
    if (failureOf(error).code === 'corrupt') return null
    throw error
  }
}

/** Size of the upright page; its own Rotate. */
export function measurePage(page: mupdf.PDFPage): PageBox {
  const [left, top, right, bottom] = page.getBounds()
  return {
    widthPoints: right - left,
    heightPoints: bottom - top,
    rotation: reduceTurn(page.getObject().getInheritable('Rotate').asNumber()),
  }
}

/** Any number of degrees as one of 0, 90, 180 and 270. */
export function reduceTurn(degrees: number): Turn {
  const turns: readonly Turn[] = [0, 90, 180, 270]
  return turns[((Math.round(degrees / 90) % 4) + 4) % 4] ?? 0
}
