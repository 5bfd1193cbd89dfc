import { boundsOf, clamp01, round4, STAMP_WIDTH } from './geometry.ts'
import type { AnnotationKind, Mark, Point, Strokes } from './mark.ts'
import { toStrokes } from './stroke.ts'

type NewMark = Omit<Mark, 'version'>
type At = { readonly pageNumber: number; readonly ratio: number }

/** Of a highlight or a box that is placed by a click or a key. */
const AREA = { width: 0.3, height: 0.025 }
const STROKE_WIDTH = 0.2

function blank(kind: AnnotationKind, pageNumber: number): NewMark {
  return {
    id: crypto.randomUUID(),
    pageNumber,
    kind,
    x: 0,
    y: 0,
    width: 0,
    height: 0,
    text: null,
    strokes: null,
    points: null,
  }
}

/** A tick or a cross, its middle where it was asked for. */
export function newStamp(kind: 'tick' | 'cross', { x, y }: Point, { pageNumber, ratio }: At): NewMark {
  const [width, height] = [STAMP_WIDTH, STAMP_WIDTH / ratio]
  return {
    ...blank(kind, pageNumber),
    x: round4(Math.min(1 - width, clamp01(x - width / 2))),
    y: round4(Math.min(1 - height, clamp01(y - height / 2))),
  }
}

export function newWords(
  kind: 'comment' | 'text',
  { x, y }: Point,
  text: string,
  { pageNumber }: At,
): NewMark {
  return { ...blank(kind, pageNumber), x, y, text }
}

/** A highlight or a box; one that was only clicked, or drawn along a line, has the height of a line of writing. */
export function newArea(
  kind: 'highlight' | 'box',
  box: { x: number; y: number; width: number; height: number },
  { pageNumber }: At,
): NewMark {
  const width = box.width < 0.004 ? AREA.width : box.width
  // Drawn along a line of writing, it covers the line and not what lies below.
  const isLine = box.height < AREA.height / 2
  const height = isLine ? AREA.height : box.height
  const y = isLine ? box.y + box.height / 2 - height / 2 : box.y
  return {
    ...blank(kind, pageNumber),
    ...{ width, height },
    x: round4(Math.min(box.x, 1 - width)),
    y: round4(Math.min(clamp01(y), 1 - height)),
  }
}

export function newInk(points: readonly Point[], { pageNumber }: At): NewMark {
  return inkOf(toStrokes(points), pageNumber)
}

/** What a key draws for who has no pointer: a line under something. */
export function newUnderline({ x, y }: Point, { pageNumber }: At): NewMark {
  const end = Math.min(1, x + STROKE_WIDTH)
  return inkOf(
    [
      [
        { x: round4(end - STROKE_WIDTH), y },
        { x: round4(end), y },
      ],
    ],
    pageNumber,
  )
}

function inkOf(strokes: Strokes, pageNumber: number): NewMark {
  return { ...blank('ink', pageNumber), ...boundsOf(strokes), strokes }
}
