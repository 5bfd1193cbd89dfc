import {
  type Colour,
  type Drawing,
  drawText,
  drawTextCentred,
  fillDisc,
  fillRectangle,
  ink,
  strokeLine,
  strokeRectangle,
} from './drawing.ts'
import { measureText, wrapText } from './fonts.ts'
import type { MarkAnnotation } from './tasks.ts'

const yellow: Colour = [1, 0.93, 0.42]
const white: Colour = [1, 1, 1]
const textSize = 9
const lineHeight = 11
const badgeRadius = 7
const gap = 3
const padding = 3
/** A longer comment would hide the pupil's work: it is read on the sheet. */
const boxMaxWidth = 170
const boxMaxLines = 4

type Size = { readonly width: number; readonly height: number }

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

/** An annotation in the points of one page: origin bottom left, (x, y) its top left corner. */
type Placed = Box & { readonly annotation: MarkAnnotation }

/**
 * Draws the marks of one page, highlights first so that they never cover another mark.
 * `numberOf` gives a comment's number on the score sheet.
 */
export function drawPageMarks(
  drawing: Drawing,
  annotations: readonly MarkAnnotation[],
  numberOf: (annotation: MarkAnnotation) => number | undefined,
): void {
  const placed = annotations.map((annotation) => place(drawing, annotation))
  const taken: Box[] = []
  for (const mark of placed.filter(({ annotation }) => annotation.kind === 'highlight')) {
    fillRectangle(drawing, [mark.x, mark.y - mark.height, mark.width, mark.height], yellow, 'GMultiply')
  }
  for (const mark of placed) {
    const number = numberOf(mark.annotation)
    if (number === undefined || mark.annotation.kind !== 'text') drawShape(drawing, mark)
    if (number !== undefined) drawComment(drawing, mark, number, taken)
  }
}

/** Whether a mark is listed on the sheet: all that has words, but a free text only when its page has no room for it. */
export function isListed(annotation: MarkAnnotation, page: Size | undefined): boolean {
  if (annotation.kind === 'comment') return true
  if (annotation.kind !== 'text' || page === undefined) return (annotation.text ?? '').trim() !== ''
  const mark = place(page, annotation)
  const lines = linesOfText(mark, page.width)
  const isTooWide = lines.some((line) => mark.x + measureText(line, textSize) > page.width)
  return isTooWide || lines.length * lineHeight > mark.y
}

function place(page: Size, annotation: MarkAnnotation): Placed {
  return {
    annotation,
    x: clamp(annotation.x, 0, 1) * page.width,
    y: (1 - clamp(annotation.y, 0, 1)) * page.height,
    width: clamp(annotation.width, 0, 1) * page.width,
    height: clamp(annotation.height, 0, 1) * page.height,
  }
}

function drawShape(drawing: Drawing, mark: Placed): void {
  const { kind } = mark.annotation
  if (kind === 'tick') drawTick(drawing, mark)
  if (kind === 'cross') drawCross(drawing, mark)
  if (kind === 'box')
    strokeRectangle(drawing, [mark.x, mark.y - mark.height, mark.width, mark.height], ink, 1.2)
  if (kind === 'text') drawFreeText(drawing, mark)
  if (kind === 'ink') drawInk(drawing, mark.annotation)
  if (kind === 'box' || kind === 'highlight' || kind === 'ink') drawPoints(drawing, mark.annotation, mark)
}

function drawTick(drawing: Drawing, mark: Placed): void {
  const box = withSize(mark, drawing)
  const { x, y, width, height } = box
  strokeLine(
    drawing,
    [
      [x + width * 0.08, y - height * 0.55],
      [x + width * 0.38, y - height * 0.9],
      [x + width * 0.95, y - height * 0.1],
    ],
    ink,
    Math.max(1.2, Math.min(width, height) * 0.11),
  )
  drawPoints(drawing, mark.annotation, box)
}

function drawCross(drawing: Drawing, mark: Placed): void {
  const box = withSize(mark, drawing)
  const { x, y, width, height } = box
  const lineWidth = Math.max(1.2, Math.min(width, height) * 0.11)
  const [left, right, top, bottom] = [x + width * 0.1, x + width * 0.9, y - height * 0.1, y - height * 0.9]
  const [nw, ne, sw, se] = [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ] as const
  strokeLine(drawing, [nw, se], ink, lineWidth)
  strokeLine(drawing, [sw, ne], ink, lineWidth)
  drawPoints(drawing, mark.annotation, box)
}

/** Ticks and crosses set with one click have no size of their own; near an edge they are pushed onto the page. */
function withSize(mark: Placed, page: Size): Box {
  const [width, height] = [mark.width || 16, mark.height || 16]
  return {
    x: Math.max(0, Math.min(mark.x, page.width - width)),
    y: Math.min(page.height, Math.max(mark.y, height)),
    width,
    height,
  }
}

/** Writes the points to the right of a shape, else to its left; a shape as wide as the page has them upon it. */
function drawPoints(drawing: Drawing, { pointsText = '' }: MarkAnnotation, { x, y, width }: Box): void {
  if (pointsText === '') return
  const length = measureText(pointsText, textSize, 'bold')
  const last = drawing.width - length - 2
  const right = x + width + gap
  const left = x - gap - length
  const start = right <= last ? right : left >= 2 ? left : last
  const style = { size: textSize, weight: 'bold', colour: ink } as const
  drawText(drawing, pointsText, start, Math.max(2, y - textSize), style)
}

function drawFreeText(drawing: Drawing, mark: Placed): void {
  linesOfText(mark, drawing.width).forEach((line, index) => {
    drawText(drawing, line, mark.x, mark.y - textSize - index * lineHeight, { size: textSize, colour: ink })
  })
}

function linesOfText(mark: Placed, pageWidth: number): string[] {
  const room = pageWidth - mark.x - 2
  return wrapText(
    textOf(mark.annotation),
    textSize,
    Math.max(1, mark.width > 0 ? Math.min(mark.width, room) : room),
  )
}

function drawInk(drawing: Drawing, annotation: MarkAnnotation): void {
  for (const stroke of annotation.strokes ?? []) {
    const points = stroke.map(
      ({ x, y }) => [clamp(x, 0, 1) * drawing.width, (1 - clamp(y, 0, 1)) * drawing.height] as const,
    )
    const [start] = points
    const isDot = points.every(([x, y]) => x === start?.[0] && y === start[1])
    // Renderers do not agree on how much of a line without a length is to be seen.
    if (start && isDot) fillDisc(drawing, start[0], start[1], 1, ink)
    else strokeLine(drawing, points, ink, 1.5)
  }
}

function drawComment(drawing: Drawing, mark: Placed, number: number, taken: Box[]): void {
  const label = String(number)
  const radius = Math.max(badgeRadius, measureText(label, 8, 'bold') / 2 + 2.5)
  const x = clamp(mark.x, radius + 1, drawing.width - radius - 1)
  const y = clamp(mark.y, radius + 1, drawing.height - radius - 1)
  const badge: Box = { x: x - radius, y: y - radius, width: 2 * radius, height: 2 * radius }
  drawTextBox(drawing, textOf(mark.annotation), badge, taken)
  fillDisc(drawing, x, y, radius, ink)
  drawTextCentred(drawing, label, x, y - 2.9, { size: 8, weight: 'bold', colour: white })
  taken.push(badge)
}

/** Puts the text to the right of its badge, else to the left; where it fits on neither side, the number must do. */
function drawTextBox(drawing: Drawing, text: string, badge: Box, taken: Box[]): void {
  if (text === '') return
  const lines = wrapText(text, textSize, boxMaxWidth - 2 * padding)
  if (lines.length > boxMaxLines) return
  const width = Math.max(...lines.map((line) => measureText(line, textSize))) + 2 * padding
  const height = lines.length * lineHeight + 2 * padding
  const y = clamp(badge.y + badge.height / 2 - height / 2, 1, Math.max(1, drawing.height - height - 1))
  const box = [badge.x + badge.width + gap, badge.x - gap - width]
    .map((x): Box => ({ x, y, width, height }))
    .find((candidate) => isInside(candidate, drawing) && !taken.some((other) => overlap(candidate, other)))
  if (box === undefined) return
  taken.push(box)
  fillRectangle(drawing, [box.x, box.y, box.width, box.height], white, 'GVeil')
  strokeRectangle(drawing, [box.x, box.y, box.width, box.height], ink, 0.6)
  lines.forEach((line, index) => {
    const baseline = box.y + box.height - padding - textSize - index * lineHeight + 0.5
    drawText(drawing, line, box.x + padding, baseline, { size: textSize, colour: ink })
  })
}

/** What a comment says: its points, then its words. */
export function textOf({ text = '', pointsText = '' }: MarkAnnotation): string {
  return [pointsText === '' ? '' : `(${pointsText})`, text.trim()].filter((part) => part !== '').join(' ')
}

function isInside(box: Box, page: Size): boolean {
  return (
    box.x >= 1 && box.y >= 1 && box.x + box.width <= page.width - 1 && box.y + box.height <= page.height - 1
  )
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(Number.isFinite(value) ? value : low, low), Math.max(low, high))
}
