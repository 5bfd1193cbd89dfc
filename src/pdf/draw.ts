import type * as mupdf from 'mupdf'
import { type Drawing, graphicsStates, newDrawing } from './drawing.ts'
import { embedFonts } from './embed-fonts.ts'
import { writeWhole } from './extract.ts'
import type { GlyphUse } from './fonts.ts'
import { allPageIndexes, copyPages, saveDeterministically } from './graft.ts'
import { assertPagesExist, openPdf, ownLimits } from './inspect.ts'
import { drawPageMarks, isListed, textOf } from './marks.ts'
import { readContents } from './page-contents.ts'
import { frameOf, type PageFrame } from './page-matrix.ts'
import { drawScoreSheet, type NumberedComment, sheetHeight, sheetWidth } from './score-sheet.ts'
import type { DrawTask, MarkAnnotation, MarkedPdf, PageProgress } from './tasks.ts'

type Numbering = {
  readonly numbers: ReadonlyMap<MarkAnnotation, number>
  readonly comments: NumberedComment[]
}

/**
 * Child side of `drawMarkedPdf`: copies the pages, draws the marks over them, appends the score sheet, writes.
 * Words for a page that the copy does not have still reach the sheet.
 * Errors: as `openPdf`; `no-pages` for a page index beyond the source.
 */
export function drawMarks(task: DrawTask, report: (progress: PageProgress) => void): MarkedPdf {
  const source = openPdf(task.sourcePath, ownLimits)
  try {
    const pageIndexes = task.pageIndexes ?? allPageIndexes(source)
    assertPagesExist(pageIndexes, source.countPages())
    const target = copyPages(source, pageIndexes, (pageIndex) => report({ pageIndex }))
    try {
      return writeMarked(target, task, report)
    } finally {
      target.destroy()
    }
  } finally {
    source.destroy()
  }
}

function writeMarked(
  target: mupdf.PDFDocument,
  task: DrawTask,
  report: (progress: PageProgress) => void,
): MarkedPdf {
  const pageCount = target.countPages()
  const frames = allPageIndexes(target).map((pageIndex) => readFrame(target, pageIndex))
  const glyphs: GlyphUse = new Map()
  const { numbers, comments } = numberComments(task.annotations, frames)
  const drawings = frames.map((frame, pageIndex) => {
    const drawing = newDrawing(frame.width, frame.height, glyphs)
    const annotations = task.annotations.filter((annotation) => annotation.pageIndex === pageIndex)
    drawPageMarks(drawing, annotations, (annotation) => numbers.get(annotation))
    return drawing
  })
  const sheets = drawScoreSheet(task.sheet, comments, glyphs)
  const resources = { Font: embedFonts(target, glyphs), ExtGState: graphicsStates }
  for (const [pageIndex, drawing] of drawings.entries()) {
    const frame = frames[pageIndex]
    if (frame !== undefined && drawing.operators.length > 0)
      stampPage(target, pageIndex, drawing, frame, resources)
    report({ pageIndex })
  }
  for (const sheet of sheets) {
    const box: mupdf.Rect = [0, 0, sheetWidth, sheetHeight]
    target.insertPage(-1, target.addPage(box, 0, resources, sheet.operators.join('\n')))
    report({ pageIndex: target.countPages() - 1 })
  }
  const bytes = saveDeterministically(target, task.documentId)
  writeWhole(task.outputPath, bytes)
  return { pageCount: pageCount + sheets.length, sheetPageCount: sheets.length, sizeBytes: bytes.length }
}

function readFrame(document: mupdf.PDFDocument, pageIndex: number): PageFrame {
  const page = document.loadPage(pageIndex)
  try {
    return frameOf(page)
  } finally {
    page.destroy()
  }
}

/** Numbers the comments in reading order through the whole copy: page, then top to bottom, then left to right. */
function numberComments(annotations: readonly MarkAnnotation[], frames: readonly PageFrame[]): Numbering {
  const numbers = new Map<MarkAnnotation, number>()
  const comments: NumberedComment[] = []
  const ordered = annotations.toSorted((a, b) => a.pageIndex - b.pageIndex || a.y - b.y || a.x - b.x)
  for (const annotation of ordered) {
    if (!isListed(annotation, frames[annotation.pageIndex])) continue
    const number = comments.length + 1
    numbers.set(annotation, number)
    comments.push({ number, pageNumber: annotation.pageIndex + 1, text: textOf(annotation) })
  }
  return { numbers, comments }
}

/**
 * Turns the old contents into a form and draws ours as another. A form keeps its graphics state to itself even where
 * the old contents leave a `q` open, which `q … Q` around them would not survive.
 */
function stampPage(
  target: mupdf.PDFDocument,
  pageIndex: number,
  drawing: Drawing,
  frame: PageFrame,
  resources: object,
): void {
  const page = target.findPage(pageIndex)
  const form = { Type: 'XObject', Subtype: 'Form' }
  const old = target.addStream(readContents(page), {
    ...form,
    BBox: [-32_000, -32_000, 32_000, 32_000],
    Resources: page.getInheritable('Resources'),
  })
  const marks = target.addStream(drawing.operators.join('\n'), {
    ...form,
    BBox: [0, 0, frame.width, frame.height],
    Matrix: frame.toUserSpace.map(Number),
    Resources: resources,
  })
  page.put('Resources', { XObject: { Page: old, Marks: marks } })
  page.put('Contents', target.addStream('/Page Do /Marks Do', {}))
}
