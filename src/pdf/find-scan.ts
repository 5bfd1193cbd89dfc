import type { Matrix, PDFObject, PDFPage } from 'mupdf'
import { isBilevel } from './bilevel.ts'
import { isGrey, plainComponents } from './colour-space.ts'
import { isJpeg, type Jpeg, readJpeg } from './jpeg.ts'
import { isDrawnInGrey } from './page-contents.ts'
import { type PlacedImage, readLayout } from './page-layout.ts'
import type { PixelBox } from './raster.ts'
import {
  covers,
  coversExactly,
  dpiOf,
  hasSquarePixels,
  type PageSize,
  placeSquare,
  type ScanPlace,
  tolerancePoints,
} from './scan-place.ts'
import type { PathReason, RasterizeTask, Turn } from './tasks.ts'

/** How the pixels of a page are best had. */
export type Scan =
  | KeptScan
  | {
      readonly path: 'rendered'
      readonly reason: PathReason
      /** Drawing in grey loses nothing. */
      readonly isGrey: boolean
      readonly dpi: number | null
    }

/** A scan whose pixels are taken as they are; `turn` makes them upright. */
export type KeptScan =
  | (Found & { readonly path: 'kept-jpeg'; readonly jpeg: Jpeg })
  | (Cut & { readonly path: 'bilevel' | 'strips'; readonly bitmaps: readonly PDFObject[] })
  | (Cut & { readonly path: 'strips'; readonly jpegs: readonly Jpeg[] })

/** In strips from the top of the stored pixels on, or in one piece. */
type Cut = Found & {
  /** The part of the upright pixels that the page shows; all of them when absent. */
  readonly crop: ((whole: PixelSize) => PixelBox) | undefined
}

type PixelSize = { readonly width: number; readonly height: number }

type Found = {
  readonly reason: 'only-image' | 'hidden-text'
  readonly turn: Turn
  readonly dpi: number
  readonly isGrey: boolean
}

/** One image of a page, and where it lies. */
type Piece = { readonly placed: PlacedImage; readonly place: ScanPlace }

/** Finds out whether a page is a scan and nothing else that anybody would see. Any doubt means that it is drawn. */
export function findScan(page: PDFPage, task: RasterizeTask, isUncropped: boolean): Scan {
  const layout = readLayout(page.getObject())
  const pieces = placeAll(page, layout.images)
  const isGreyPage =
    layout.drawnBecause === undefined
      ? layout.images.every(({ image }) => isGreyImage(image))
      : isDrawnInGrey(page.getObject())
  const dpi = layout.images.length === 0 ? null : dpiOfAll(pieces)
  const draw = (reason: PathReason): Scan => ({ path: 'rendered', reason, isGrey: isGreyPage, dpi })
  if (isUncropped) return draw('uncropped')
  if (task.keepScans === false) return draw('forbidden')
  if (layout.drawnBecause !== undefined) return draw(layout.drawnBecause)
  const [first] = pieces
  if (pieces.length !== layout.images.length || first === undefined || dpi === null)
    return draw('placed-otherwise')
  if (layout.images.some(({ image }) => isMasked(image))) return draw('masked')
  const size = sizeOf(page)
  if (!layout.clips.every((clip) => isOpen(page, clip, size))) return draw('placed-otherwise')
  const pixels = layout.images.reduce((sum, { image }) => sum + areaOf(image), 0)
  if (!(pixels <= task.limits.maxPageMegapixels * 1e6)) return draw('too-large')
  if (!pieces.every(({ placed, place }) => hasSquarePixels(placed, place))) return draw('placed-otherwise')
  const found: Found = {
    reason: layout.hasHiddenText ? 'hidden-text' : 'only-image',
    turn: first.place.turn,
    dpi,
    isGrey: isGreyPage,
  }
  const stack = stackUp(pieces)
  const whole = stack === undefined ? undefined : hull(stack)
  if (stack === undefined || whole === undefined || !covers(whole, size)) return draw('placed-otherwise')
  const isExact = coversExactly(whole, size)
  const crop = isExact ? undefined : (pixels: PixelSize) => visiblePart(pixels, whole, size)
  if (stack.every(({ placed }) => isBlackAndWhite(placed.image))) {
    const bitmaps = stack.map(({ placed }) => placed.image)
    return { ...found, path: stack.length === 1 ? 'bilevel' : 'strips', bitmaps, crop }
  }
  if (!stack.every(({ placed }) => isJpeg(placed.image))) return draw('coding')
  const components = stack.map(({ placed }) => plainComponents(placed.image.get('ColorSpace')))
  const [channels] = components
  if (channels === undefined || components.some((count) => count !== channels)) return draw('colours')
  const maxBytes = task.limits.maxPageMegapixels * 1e6
  const jpegs = stack.map(({ placed }) => readJpeg(placed.image, channels, maxBytes))
  const jpegsFound = jpegs.filter((jpeg) => jpeg !== undefined)
  if (jpegsFound.length < jpegs.length) return draw('odd-jpeg')
  const [jpeg] = jpegsFound
  if (jpeg !== undefined && jpegsFound.length === 1) {
    return isExact ? { ...found, path: 'kept-jpeg', jpeg } : draw('placed-otherwise')
  }
  return { ...found, path: 'strips', jpegs: jpegsFound, crop }
}

function sizeOf(page: PDFPage): PageSize {
  const [left, top, right, bottom] = page.getBounds()
  return { width: right - left, height: bottom - top }
}

function placeAll(page: PDFPage, images: readonly PlacedImage[]): Piece[] {
  return images.flatMap((placed) => {
    const place = placeSquare(page, placed.matrix)
    return place === undefined ? [] : [{ placed, place }]
  })
}

/** The coarsest of them; `null` when none is placed straight. */
function dpiOfAll(pieces: readonly Piece[]): number | null {
  const all = pieces
    .map(({ placed, place }) => dpiOf(placed, place))
    .filter((dpi) => dpi > 0 && Number.isFinite(dpi))
  return all.length === 0 ? null : Math.round(Math.min(...all))
}

/** A window that leaves the whole page to see. */
function isOpen(page: PDFPage, clip: Matrix, size: PageSize): boolean {
  const [a, b, c, d, e, f] = clip
  // Which way round a window is drawn does not matter.
  const upright: Matrix = [Math.abs(a), b, c, Math.abs(d), a < 0 ? e + a : e, d < 0 ? f + d : f]
  const place = placeSquare(page, upright)
  return place !== undefined && covers(place, size)
}

function areaOf(image: PDFObject): number {
  return image.get('Width').asNumber() * image.get('Height').asNumber()
}

const changes = ['SMask', 'Mask', 'SMaskInData', 'OC'] as const

/** Masks and layers, which hide a part; turned-over colours, except of black and white, which are read. */
function isMasked(image: PDFObject): boolean {
  if (changes.some((key) => !image.get(key).isNull())) return true
  return isBlackAndWhite(image) ? false : !image.get('Decode').isNull() || !image.get('DecodeParms').isNull()
}

function isBlackAndWhite(image: PDFObject): boolean {
  const isStencil = image.get('ImageMask').valueOf() === true
  return isBilevel(image) && (isStencil || isGrey(image.get('ColorSpace')))
}

function isGreyImage(image: PDFObject): boolean {
  return image.get('ImageMask').valueOf() === true || isGrey(image.get('ColorSpace'))
}

/** Strips in the order of the stored pixels, if each goes on where the one before ends; one image is a stack of one. */
function stackUp(pieces: readonly Piece[]): Piece[] | undefined {
  const turn = pieces[0]?.place.turn ?? 0
  const along = ({ place }: Piece) => {
    if (turn === 0) return { start: place.top, end: place.bottom, sides: [place.left, place.right] }
    if (turn === 180) return { start: -place.bottom, end: -place.top, sides: [place.left, place.right] }
    if (turn === 90) return { start: -place.right, end: -place.left, sides: [place.top, place.bottom] }
    return { start: place.left, end: place.right, sides: [place.top, place.bottom] }
  }
  const stack = pieces.toSorted((a, b) => along(a).start - along(b).start)
  const fits = stack.every((piece, index) => {
    const before = stack[index - 1]
    if (before === undefined) return true
    const [one, other] = [along(before), along(piece)]
    const gaps = [other.start - one.end, ...one.sides.map((side, i) => side - (other.sides[i] ?? Number.NaN))]
    const isSameWidth =
      before.placed.image.get('Width').asNumber() === piece.placed.image.get('Width').asNumber()
    return (
      piece.place.turn === turn && isSameWidth && gaps.every((gap) => Math.abs(gap) <= tolerancePoints / 2)
    )
  })
  return fits ? stack : undefined
}

function hull(pieces: readonly Piece[]): ScanPlace | undefined {
  const [first] = pieces
  if (first === undefined) return undefined
  const places = pieces.map(({ place }) => place)
  return {
    turn: first.place.turn,
    left: Math.min(...places.map(({ left }) => left)),
    top: Math.min(...places.map(({ top }) => top)),
    right: Math.max(...places.map(({ right }) => right)),
    bottom: Math.max(...places.map(({ bottom }) => bottom)),
  }
}

/** What of the upright pixels lies on the page. */
function visiblePart(pixels: PixelSize, whole: ScanPlace, size: PageSize): PixelBox {
  const [across, down] = [
    pixels.width / (whole.right - whole.left),
    pixels.height / (whole.bottom - whole.top),
  ]
  const left = Math.max(0, Math.round(-whole.left * across))
  const top = Math.max(0, Math.round(-whole.top * down))
  const right = Math.min(pixels.width, Math.round((size.width - whole.left) * across))
  const bottom = Math.min(pixels.height, Math.round((size.height - whole.top) * down))
  return { left, top, width: right - left, height: bottom - top }
}
