import { round4 } from './geometry.ts'
import type { Point, Strokes } from './mark.ts'

const MOST_POINTS = 2_000
/** How far a line may leave the points it came from, as a fraction of the page: less than anybody sees. */
const TOLERANCE = 0.0006

/**
 * The line that a pen leaves: with fewer points where it is straight (Ramer, Douglas, Peucker), in pieces of at most
 * 2000 points, which is what the API takes.
 */
export function toStrokes(points: readonly Point[]): Strokes {
  const pieces: Point[][] = []
  // Each piece begins where the last ended: no gap is seen.
  for (let from = 0; from < Math.max(1, points.length - 1); from += MOST_POINTS - 1) {
    pieces.push(simplify(points.slice(from, from + MOST_POINTS)).map(roundPoint))
  }
  return pieces
}

function roundPoint({ x, y, pressure }: Point): Point {
  return {
    x: round4(x),
    y: round4(y),
    ...(pressure === undefined ? {} : { pressure: Math.round(pressure * 100) / 100 }),
  }
}

/** Keeps the points whose absence would be seen; a list instead of recursion, since a pen leaves thousands. */
export function simplify(points: readonly Point[], tolerance = TOLERANCE): Point[] {
  const kept = new Set([0, points.length - 1])
  const open: [number, number][] = [[0, points.length - 1]]
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span
    const [a, b] = [points[from], points[to]]
    if (!a || !b) continue
    let [farthest, distance] = [-1, tolerance]
    for (let index = from + 1; index < to; index += 1) {
      const off = distanceTo(points[index] as Point, a, b)
      if (off > distance) [farthest, distance] = [index, off]
    }
    if (farthest < 0) continue
    kept.add(farthest)
    open.push([from, farthest], [farthest, to])
  }
  return points.filter((_, index) => kept.has(index))
}

function distanceTo(point: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : ((point.x - a.x) * dx + (point.y - a.y) * dy) / length
  const at = Math.min(1, Math.max(0, along))
  return Math.hypot(point.x - a.x - at * dx, point.y - a.y - at * dy)
}
