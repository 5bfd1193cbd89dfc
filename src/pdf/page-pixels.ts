import type { PDFPage } from 'mupdf'
import { type Bitmap, encodePng, halveBitmap, turnBitmap, unpack } from './bitmap.ts'
import { reduceTurn } from './inspect.ts'
import { type Jpeg, withOrientation } from './jpeg.ts'
import { isQuickToDraw } from './page-contents.ts'
import { screenWidthPx } from './page-images.ts'
import {
  decodeJpeg,
  type EncodedImage,
  encodeJpeg,
  narrow,
  narrowSmoothly,
  type Raster,
  turnRaster,
} from './raster.ts'
import { drawPage } from './render.ts'
import type { Turn } from './tasks.ts'

/** How fine pixels must be: for codes, as a screen shows them, or as coarse as comes cheap, to tell what a page is like. */
export type Fineness = 'codes' | 'screen' | 'coarse'

/** The pixels of one page, upright once they are turned clockwise. */
export type Pixels = {
  open(turn: Turn, fineness: Fineness): Promise<Raster>
  /** The image at full resolution. */
  encodeFull(turn: Turn): Promise<EncodedImage>
}

/** Of pixels that no scanner encoded: at least what one would have kept. */
const fullQuality = 85
/** Coarse pixels are at least so many to a row. From 1650 on, sharp decodes only every second one for this. */
const coarseWidthPx = 550
const widthsPx: Readonly<Record<Fineness, number>> = {
  codes: screenWidthPx,
  screen: screenWidthPx,
  coarse: coarseWidthPx,
}

/** A scanner's JPEG, which `own` makes upright; no turn changes its pixels. */
export function pixelsOfJpeg(jpeg: Jpeg, own: Turn): Pixels {
  return {
    open: (turn, fineness) => decodeJpeg(jpeg, reduceTurn(own + turn), widthsPx[fineness]),
    encodeFull: async (turn) => {
      const whole = reduceTurn(own + turn)
      const bytes = withOrientation(jpeg.bytes, whole)
      const [widthPx, heightPx] =
        whole % 180 === 0 ? [jpeg.widthPx, jpeg.heightPx] : [jpeg.heightPx, jpeg.widthPx]
      return { bytes, mediaType: 'image/jpeg', widthPx, heightPx }
    },
  }
}

/** Black and white pixels, which stay what they are. */
export function pixelsOfBitmap(upright: Bitmap): Pixels {
  const turned = once((turn) => turnBitmap(upright, turn))
  const encodeFull = once(async (turn): Promise<EncodedImage> => {
    const { widthPx, heightPx } = turned(turn)
    return { bytes: encodePng(turned(turn)), mediaType: 'image/png', widthPx, heightPx }
  })
  return {
    open: async (turn, fineness) => {
      const bitmap = turned(turn)
      const widthPx = widthsPx[fineness]
      // A damaged code was read from pixels that overlap, and neither from all pixels nor from means of four.
      if (fineness === 'codes') return narrowSmoothly(unpack(bitmap), widthPx)
      if (bitmap.widthPx < 2 * widthPx) return narrow(unpack(bitmap), widthPx)
      return fineness === 'coarse' ? halveBitmap(bitmap) : narrow(halveBitmap(bitmap), widthPx)
    },
    encodeFull,
  }
}

/** Pixels put together of several JPEGs. */
export function pixelsOfRaster(upright: Raster): Pixels {
  return {
    open: async (turn, fineness) => {
      // The narrower side may become the wider one: turn first, where that matters.
      if (turn % 180 !== 0) return narrow(turnRaster(upright, turn), widthsPx[fineness])
      return turnRaster(await narrow(upright, widthsPx[fineness]), turn)
    },
    encodeFull: once((turn) => encodeJpeg(turnRaster(upright, turn), fullQuality)),
  }
}

/** What the engine draws. Where that is quicker than to shrink what it drew, it draws smaller pictures, too. */
export function pixelsOfDrawing(
  page: PDFPage,
  dpi: number,
  isGrey: boolean,
): Pixels & { hadErrors: boolean } {
  const { raster, hadErrors } = drawPage(page, dpi, isGrey)
  const drawn = pixelsOfRaster(raster)
  if (!isQuickToDraw(page.getObject())) return { ...drawn, hadErrors }
  return {
    ...drawn,
    hadErrors,
    open: async (turn, fineness) => {
      const widthPx = turn % 180 === 0 ? raster.width : raster.height
      const scale = Math.min(1, widthsPx[fineness] / widthPx)
      return turnRaster(scale === 1 ? raster : drawPage(page, dpi * scale, isGrey).raster, turn)
    },
  }
}

/** Does a thing once for each turn. */
function once<T>(make: (turn: Turn) => T): (turn: Turn) => T {
  const made = new Map<Turn, T>()
  return (turn) => {
    const known = made.get(turn)
    if (known !== undefined) return known
    const fresh = make(turn)
    made.set(turn, fresh)
    return fresh
  }
}
