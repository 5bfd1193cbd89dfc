import type { Mark, Point, Shape, Strokes } from './mark.ts'

export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

/** A mark without a size of its own is drawn this large, as a fraction of the width of the page. */
export const STAMP_WIDTH = 0.03
const SMALLEST = 0.004

/** Four decimals are a twentieth of a millimetre on A4. */
export function round4(value: number): number {
  return Math.round(value * 10_000) / 10_000
}

export function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value))
}

/** Where a point of the window lies on the page that is shown in `frame`, kept within it. */
export function toPage(
  clientX: number,
  clientY: number,
  frame: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): { x: number; y: number } {
  return {
    x: round4(clamp01((clientX - frame.left) / frame.width)),
    y: round4(clamp01((clientY - frame.top) / frame.height)),
  }
}

/** The box between two corners, wherever each lies. */
export function boxBetween(a: Point, b: Point): Box {
  return {
    x: Math.min(a.x, b.x),
    y: Math.min(a.y, b.y),
    width: round4(Math.abs(a.x - b.x)),
    height: round4(Math.abs(a.y - b.y)),
  }
}

export function boundsOf(strokes: Strokes): Box {
  let [left, top, right, bottom] = [1, 1, 0, 0]
  for (const { x, y } of strokes.flat()) {
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x)
    bottom = Math.max(bottom, y)
  }
  return { x: left, y: top, width: right - left, height: bottom - top }
}

/** The change that moves a mark by fractions of the page, as far as the page goes. */
export function moveBy(mark: Mark, dx: number, dy: number): Shape {
  const moveX = Math.min(1 - mark.x - mark.width, Math.max(-mark.x, dx))
  const moveY = Math.min(1 - mark.y - mark.height, Math.max(-mark.y, dy))
  if (!mark.strokes) return { x: round4(mark.x + moveX), y: round4(mark.y + moveY) }
  return {
    strokes: mark.strokes.map((stroke) =>
      stroke.map((point) => ({
        ...point,
        x: round4(clamp01(point.x + moveX)),
        y: round4(clamp01(point.y + moveY)),
      })),
    ),
  }
}

/** The change that gives a mark another size, its top left corner staying where it is. */
export function resizeTo(mark: Mark, width: number, height: number): Shape {
  const to = {
    width: round4(Math.min(1 - mark.x, Math.max(SMALLEST, width))),
    height: round4(Math.min(1 - mark.y, Math.max(SMALLEST, height))),
  }
  if (!mark.strokes) return to
  const scale = (length: number, wanted: number) => (length > 0 ? wanted / length : 1)
  const [byX, byY] = [scale(mark.width, to.width), scale(mark.height, to.height)]
  return {
    strokes: mark.strokes.map((stroke) =>
      stroke.map((point) => ({
        ...point,
        x: round4(clamp01(mark.x + (point.x - mark.x) * byX)),
        y: round4(clamp01(mark.y + (point.y - mark.y) * byY)),
      })),
    ),
  }
}

/** The size of a mark on the page; `ratio` is the height of the page over its width. */
export function sizeOf(mark: Mark, ratio: number): { width: number; height: number } {
  const isStamp = mark.width === 0 && mark.height === 0
  return isStamp ? { width: STAMP_WIDTH, height: STAMP_WIDTH / ratio } : mark
}

/** The uppermost mark at a point of its page, within `slack` of its box. */
export function markAt(marks: readonly Mark[], point: Point, ratio: number, slack = 0.008): Mark | undefined {
  return marks.findLast((mark) => {
    const { width, height } = sizeOf(mark, ratio)
    const isCentred = mark.kind === 'comment'
    const [x, y] = isCentred ? [mark.x - STAMP_WIDTH / 2, mark.y - STAMP_WIDTH / 2 / ratio] : [mark.x, mark.y]
    return (
      point.x >= x - slack &&
      point.x <= x + width + slack &&
      point.y >= y - slack &&
      point.y <= y + height + slack
    )
  })
}
