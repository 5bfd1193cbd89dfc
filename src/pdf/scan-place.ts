import type { Matrix, PDFPage } from 'mupdf'
import type { PlacedImage } from './page-layout.ts'
import type { Turn } from './tasks.ts'

/** Where an image lies on the upright page. */
export type ScanPlace = {
  /** Clockwise turn that makes the image's pixels upright. */
  readonly turn: Turn
  /** In points of the upright page, origin top left; may reach beyond the page. */
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Size of the upright page, in points. */
export type PageSize = { readonly width: number; readonly height: number }

/** A pixel and a half at 100 dpi: marks are placed by fractions of the page, which must be those of the image. */
export const tolerancePoints = 1

/**
 * Places a unit square, moved by `matrix` and then as MuPDF displays the page; `undefined` when it is mirrored or
 * stands askew by more than the tolerance. The image's top left corner is (0, 1) in the unit square.
 */
export function placeSquare(page: PDFPage, matrix: Matrix): ScanPlace | undefined {
  const [a, b, c, d, e, f] = matrix
  const [ta, tb, tc, td, te, tf] = page.getTransform()
  const [pageLeft, pageTop] = page.getBounds()
  const place = (x: number, y: number) => {
    const [ux, uy] = [a * x + c * y + e, b * x + d * y + f]
    return [ta * ux + tc * uy + te - pageLeft, tb * ux + td * uy + tf - pageTop] as const
  }
  const [corner, along, down] = [place(0, 1), place(1, 1), place(0, 0)]
  const right = [along[0] - corner[0], along[1] - corner[1]] as const
  const below = [down[0] - corner[0], down[1] - corner[1]] as const
  const turn = turnOf(right, below)
  if (turn === undefined) return undefined
  const far = place(1, 0)
  const xs = [corner[0], far[0]]
  const ys = [corner[1], far[1]]
  return {
    turn,
    left: Math.min(...xs),
    top: Math.min(...ys),
    right: Math.max(...xs),
    bottom: Math.max(...ys),
  }
}

type Arrow = readonly [number, number]

/** The turn that the image's own right and down have taken on the page. */
function turnOf(right: Arrow, below: Arrow): Turn | undefined {
  const isFlat = (arrow: Arrow) =>
    Math.abs(arrow[1]) <= tolerancePoints && Math.abs(arrow[0]) > tolerancePoints
  const isSteep = (arrow: Arrow) =>
    Math.abs(arrow[0]) <= tolerancePoints && Math.abs(arrow[1]) > tolerancePoints
  if (isFlat(right) && isSteep(below)) {
    if (right[0] > 0 && below[1] > 0) return 0
    return right[0] < 0 && below[1] < 0 ? 180 : undefined
  }
  if (!isSteep(right) || !isFlat(below)) return undefined
  if (right[1] > 0 && below[0] < 0) return 90
  return right[1] < 0 && below[0] > 0 ? 270 : undefined
}

/** Whether nothing of the page is left uncovered. */
export function covers(place: ScanPlace, page: PageSize): boolean {
  const { left, top, right, bottom } = place
  const tolerance = tolerancePoints
  return (
    left <= tolerance &&
    top <= tolerance &&
    right >= page.width - tolerance &&
    bottom >= page.height - tolerance
  )
}

/** Whether it covers the page and hardly more. */
export function coversExactly(place: ScanPlace, page: PageSize): boolean {
  const { left, top, right, bottom } = place
  const beyond = Math.max(-left, -top, right - page.width, bottom - page.height)
  return covers(place, page) && beyond <= tolerancePoints
}

/** Pixels of an image per inch of paper, the coarser way. */
export function dpiOf({ image }: PlacedImage, place: ScanPlace): number {
  const size = [image.get('Width').asNumber(), image.get('Height').asNumber()] as const
  const [across, down] = place.turn % 180 === 0 ? size : [size[1], size[0]]
  return 72 * Math.min(across / (place.right - place.left), down / (place.bottom - place.top))
}

/** Fax modes have pixels twice as high as wide; a browser would show such an image squeezed. */
export function hasSquarePixels({ image }: PlacedImage, place: ScanPlace): boolean {
  const size = [image.get('Width').asNumber(), image.get('Height').asNumber()] as const
  const [across, down] = place.turn % 180 === 0 ? size : [size[1], size[0]]
  const ratio = across / (place.right - place.left) / (down / (place.bottom - place.top))
  return Math.abs(ratio - 1) < 0.01
}
