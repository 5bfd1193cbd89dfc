import type { PDFPage } from 'mupdf'
import { readBitmap } from './bilevel.ts'
import { cropBitmap, joinBitmaps, turnBitmap } from './bitmap.ts'
import { findScan, type KeptScan } from './find-scan.ts'
import { isScreenSized } from './page-images.ts'
import {
  type Fineness,
  type Pixels,
  pixelsOfBitmap,
  pixelsOfDrawing,
  pixelsOfJpeg,
  pixelsOfRaster,
} from './page-pixels.ts'
import { cropRaster, decodeJpeg, type Raster, stackRasters, turnRaster } from './raster.ts'
import type { PagePath, PathReason, RasterizeTask, Turn } from './tasks.ts'

/** Where the pixels of one page come from. Turns are clockwise, beside the page's own Rotate. */
export type PageSource = Pixels & {
  readonly path: PagePath
  readonly pathReason: PathReason
  readonly dpi: number | null
  /** The engine complained while it drew. */
  readonly hadErrors: boolean
  /** Upright pixels as first asked for. */
  readonly first: Raster
}

/** How a page is to be opened: fine enough for codes, if there may be any, else as coarsely as its images allow. */
type View = { readonly turn: Turn; readonly hasCodes: boolean; readonly isUncropped: boolean }

/**
 * Decides how a page is read, and reads it. A scan that covers the page keeps its pixels; any doubt, also one that only
 * shows while decoding, means that the page is drawn.
 */
export async function openPageSource(
  page: PDFPage,
  task: RasterizeTask,
  dpi: number,
  view: View,
): Promise<PageSource> {
  const scan = findScan(page, task, view.isUncropped)
  // Whatever the complaint is, the page is drawn instead.
  const kept = scan.path === 'rendered' ? undefined : await openScan(scan, view).catch(() => undefined)
  if (kept !== undefined && scan.path !== 'rendered') {
    return { ...kept, path: scan.path, pathReason: scan.reason, dpi: scan.dpi, hadErrors: false }
  }
  const pathReason = scan.path === 'rendered' ? scan.reason : 'undecodable'
  const drawn = pixelsOfDrawing(page, dpi, scan.isGrey)
  return { ...drawn, first: await openFirst(drawn, view), path: 'rendered', pathReason, dpi: scan.dpi }
}

async function openScan(scan: KeptScan, view: View): Promise<(Pixels & { first: Raster }) | undefined> {
  const pixels = await readScan(scan)
  return pixels && { ...pixels, first: await openFirst(pixels, view) }
}

async function openFirst(pixels: Pixels, { turn, hasCodes }: View): Promise<Raster> {
  return pixels.open(turn, hasCodes ? 'codes' : await finenessOf(pixels, turn))
}

/** How fine pixels are needed once the codes are read: as for a screen only where a picture is made for it. */
export async function finenessOf(pixels: Pixels, turn: Turn): Promise<Fineness> {
  return isScreenSized(await pixels.encodeFull(turn)) ? 'coarse' : 'screen'
}

/** `undefined`, or an error, when it does not decode without a complaint. */
async function readScan(scan: KeptScan): Promise<Pixels | undefined> {
  if ('jpeg' in scan) return pixelsOfJpeg(scan.jpeg, scan.turn)
  if ('bitmaps' in scan) {
    const strips = scan.bitmaps.map(readBitmap).filter((strip) => strip !== undefined)
    if (strips.length < scan.bitmaps.length) return undefined
    const whole = turnBitmap(joinBitmaps(strips), scan.turn)
    const size = { width: whole.widthPx, height: whole.heightPx }
    return pixelsOfBitmap(scan.crop === undefined ? whole : cropBitmap(whole, scan.crop(size)))
  }
  const strips: Raster[] = []
  for (const jpeg of scan.jpegs) strips.push(await decodeJpeg(jpeg, 0))
  const whole = turnRaster(stackRasters(strips), scan.turn)
  return pixelsOfRaster(scan.crop === undefined ? whole : await cropRaster(whole, scan.crop(whole)))
}
