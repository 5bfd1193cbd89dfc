import { type Colour, type Drawing, drawText, drawTextRight, ink, newDrawing, strokeLine } from './drawing.ts'
import { type GlyphUse, measureText, type Weight, wrapText } from './fonts.ts'
import type { ScoreSheet, SheetRow } from './tasks.ts'

/** A comment as the sheet lists it. */
export type NumberedComment = { readonly number: number; readonly pageNumber: number; readonly text: string }

export const sheetWidth = 595.28
export const sheetHeight = 841.89
const margin = 50
const right = sheetWidth - margin
const bottom = margin + 18
const pointsRight = right - 70
const grey: Colour = [0.45, 0.45, 0.5]
const rule: Colour = [0.78, 0.78, 0.82]
const textSize = 10
const lineHeight = 14
const remarkSize = 9
const remarkLineHeight = 12
const remarkIndent = 10

/** The sheet while it is laid out: the pages so far, and how far down the last one is filled. */
type Layout = { readonly sheet: ScoreSheet; readonly glyphs: GlyphUse; readonly pages: Drawing[]; y: number }

/** Lays the score sheet out on as many A4 pages as it needs: scores, remarks, total, general comment, comments in full. */
export function drawScoreSheet(
  sheet: ScoreSheet,
  comments: readonly NumberedComment[],
  glyphs: GlyphUse,
): Drawing[] {
  const layout: Layout = { sheet, glyphs, pages: [], y: 0 }
  startPage(layout)
  drawTitle(layout)
  drawScores(layout)
  drawGeneralComment(layout)
  drawComments(layout, comments)
  layout.pages.forEach((page, index) => {
    const { labels, anonymousId } = layout.sheet
    drawText(page, `${labels.anonymousId} ${anonymousId}`, margin, margin - 8, { size: 8, colour: grey })
    const position = `${labels.page} ${index + 1} / ${layout.pages.length}`
    drawTextRight(page, position, right, margin - 8, { size: 8, colour: grey })
  })
  return layout.pages
}

function startPage(layout: Layout): Drawing {
  const page = newDrawing(sheetWidth, sheetHeight, layout.glyphs)
  layout.pages.push(page)
  layout.y = sheetHeight - margin
  return page
}

/** The page that has `height` points left, a new one if need be. */
function room(layout: Layout, height: number): Drawing {
  const page = layout.pages.at(-1)
  return page === undefined || layout.y - height < bottom ? startPage(layout) : page
}

function drawTitle(layout: Layout): void {
  const { sheet } = layout
  for (const line of wrapText(sheet.title, 16, right - margin, 'bold')) {
    drawText(room(layout, 22), line, margin, layout.y - 16, { size: 16, weight: 'bold' })
    layout.y -= 22
  }
  const label = sheet.labels.anonymousId
  drawText(room(layout, 18), label, margin, layout.y - 13, { size: 11, colour: grey })
  const left = margin + measureText(label, 11) + 10
  drawText(room(layout, 18), sheet.anonymousId, left, layout.y - 13, { size: 11, weight: 'bold' })
  layout.y -= 18
  layout.y -= 14
}

function drawScores(layout: Layout): void {
  const { sheet } = layout
  drawColumnHeads(layout)
  for (const [index, row] of sheet.rows.entries()) {
    const isGroup = (sheet.rows[index + 1]?.depth ?? 0) > row.depth
    drawRow(layout, row, isGroup ? 'bold' : 'regular')
  }
  layout.y -= 4
  const page = room(layout, 30)
  line(page, layout.y, [0.2, 0.2, 0.25], 1)
  const baseline = layout.y - 18
  const style = { size: 13, weight: 'bold' } as const
  drawText(page, sheet.labels.total, margin, baseline, style)
  drawTextRight(page, `${sheet.totalText} / ${sheet.maximumTotalText}`, right, baseline, style)
  layout.y -= 34
}

function drawColumnHeads(layout: Layout): void {
  const { labels } = layout.sheet
  const page = room(layout, 60)
  const style = { size: 9, weight: 'bold', colour: grey } as const
  drawText(page, labels.question, margin, layout.y - 10, style)
  drawTextRight(page, labels.points, pointsRight, layout.y - 10, style)
  drawTextRight(page, labels.maximum, right, layout.y - 10, style)
  line(page, layout.y - 15, [0.2, 0.2, 0.25], 1)
  layout.y -= 18
}

function drawRow(layout: Layout, row: SheetRow, weight: Weight): void {
  const indent = margin + Math.min(Math.max(row.depth, 0), 8) * 14
  const lines = wrapText(row.label, textSize, pointsRight - 50 - indent, weight)
  const remark = wrapRemark(row, right - indent - remarkIndent)
  const height = lines.length * lineHeight + remark.length * remarkLineHeight + 5
  const before = layout.pages.length
  room(layout, Math.min(height, sheetHeight - 3 * margin))
  if (layout.pages.length > before) drawColumnHeads(layout)
  lines.forEach((text, index) => {
    const page = room(layout, lineHeight)
    const baseline = layout.y - textSize - 1
    drawText(page, text, indent, baseline, { size: textSize, weight })
    if (index === 0) {
      drawTextRight(page, row.pointsText ?? '–', pointsRight, baseline, { size: textSize, weight })
      drawTextRight(page, row.maximumText, right, baseline, { size: textSize, weight, colour: grey })
    }
    layout.y -= lineHeight
  })
  for (const text of remark) {
    const page = room(layout, remarkLineHeight)
    drawText(page, text, indent + remarkIndent, layout.y - remarkSize, { size: remarkSize, colour: ink })
    layout.y -= remarkLineHeight
  }
  const page = room(layout, 0)
  line(page, layout.y - 1, rule, 0.4)
  layout.y -= 5
}

/** What the marker says of a question stands below it, across the columns of points. */
function wrapRemark({ remark = '' }: SheetRow, width: number): string[] {
  return remark.trim() === '' ? [] : wrapText(remark.trim(), remarkSize, width)
}

function drawGeneralComment(layout: Layout): void {
  const { generalComment = '', labels } = layout.sheet
  if (generalComment.trim() === '') return
  drawHeading(layout, labels.generalComment)
  for (const text of wrapText(generalComment.trim(), textSize, right - margin)) {
    drawText(room(layout, lineHeight), text, margin, layout.y - textSize - 1, { size: textSize })
    layout.y -= lineHeight
  }
  layout.y -= 14
}

function drawComments(layout: Layout, comments: readonly NumberedComment[]): void {
  if (comments.length === 0) return
  const { labels } = layout.sheet
  drawHeading(layout, labels.comments)
  for (const { number, pageNumber, text } of comments) {
    const place = `${labels.page} ${pageNumber}`
    const left = margin + 28 + Math.max(48, measureText(place, 9) + 8)
    wrapText(text, textSize, right - left).forEach((words, index) => {
      const page = room(layout, lineHeight)
      const baseline = layout.y - textSize - 1
      if (index === 0) {
        drawTextRight(page, `${number}.`, margin + 20, baseline, { size: textSize, weight: 'bold' })
        drawText(page, place, margin + 28, baseline, { size: 9, colour: grey })
      }
      drawText(page, words, left, baseline, { size: textSize })
      layout.y -= lineHeight
    })
    layout.y -= 4
  }
}

/** A heading never stands alone at the foot of a page. */
function drawHeading(layout: Layout, text: string): void {
  const page = room(layout, 24 + 2 * lineHeight)
  drawText(page, text, margin, layout.y - 12, { size: 12, weight: 'bold' })
  layout.y -= 24
}

function line(page: Drawing, y: number, colour: Colour, width: number): void {
  const ends = [[margin, y], [right, y]] as const // biome-ignore format: a pair of points
  strokeLine(page, ends, colour, width)
}
