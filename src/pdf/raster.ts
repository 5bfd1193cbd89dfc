import sharp, { type Sharp } from 'sharp'
import type { Jpeg } from './jpeg.ts'
import { holdPixels, takePixels } from './pixel-memory.ts'
import type { PageImage, Turn } from './tasks.ts'

/** Pixels without alpha, rows without padding. */
export type Raster = {
  readonly data: Buffer
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

// The children are the parallelism: threads inside one would only fight over the same cores.
sharp.concurrency(1)
sharp.cache(false)

/** Triangles, widened to what is left out: 5 to 14 ms of processor time a page less than Lanczos (bench/README.md). */
const kernel = 'linear'

/** Opens pixels for sharp, which would take one channel for three without being told. */
export function openRaster(raster: Raster): Sharp {
  const image = sharp(raster.data, {
    raw: { width: raster.width, height: raster.height, channels: raster.channels },
    limitInputPixels: false,
  })
  return raster.channels === 1 ? image.toColourspace('b-w') : image
}

/** How much wider than asked for a picture may become where that makes it a whole part of the wider one. */
const slack = 1.05

/** How many pixels make one; 1 when no whole number of them does. */
function wholeTimes(fromPx: number, toPx: number): number {
  const times = Math.floor(fromPx / toPx)
  return times > 1 && fromPx / times <= toPx * slack ? times : 1
}

/** Not much more than `widthPx` wide. */
export async function narrow(raster: Raster, widthPx: number): Promise<Raster> {
  if (raster.width <= widthPx * slack) return raster
  const times = raster.channels === 1 ? wholeTimes(raster.width, widthPx) : 1
  return times > 1 ? shrinkGrey(raster, times) : narrowSmoothly(raster, widthPx)
}

/** At most `widthPx` wide, each pixel a weighted mean that reaches into its neighbours. */
export async function narrowSmoothly(raster: Raster, widthPx: number): Promise<Raster> {
  if (raster.width <= widthPx) return raster
  return readRaster(openRaster(raster).resize({ width: widthPx, kernel }), raster.channels)
}

/** Each pixel the mean of a square. In this language because sharp, with one channel, takes four times as long. */
function shrinkGrey(raster: Raster, times: number): Raster {
  if (times % 2 === 0) return shrinkGrey(halveGrey(raster), times / 2)
  if (times === 1) return raster
  const { data: from, width: fromWidth } = raster
  const [width, height] = [Math.floor(fromWidth / times), Math.floor(raster.height / times)]
  const data = takePixels(width * height)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      let sum = 0
      let at = y * times * fromWidth + x * times
      for (let row = 0; row < times; row++, at += fromWidth - times) {
        for (const end = at + times; at < end; at++) sum += from[at] as number
      }
      data[to] = sum / (times * times) + 0.5
    }
  }
  return { data, width, height, channels: 1 }
}

function halveGrey({ data: from, width: fromWidth, height: fromHeight }: Raster): Raster {
  const [width, height] = [fromWidth >> 1, fromHeight >> 1]
  const data = takePixels(width * height)
  for (let y = 0, to = 0; y < height; y++) {
    let upper = 2 * y * fromWidth
    let lower = upper + fromWidth
    for (let x = 0; x < width; x++, to++, upper += 2, lower += 2) {
      const above = (from[upper] as number) + (from[upper + 1] as number)
      data[to] = (above + (from[lower] as number) + (from[lower + 1] as number) + 2) >> 2
    }
  }
  return { data, width, height, channels: 1 }
}

/** Side of the squares that are turned one after the other, so that rows and columns both stay in the cache. */
const tile = 32

/** Turns clockwise. In this language because sharp spent 30 ms on a page that was decoded in 36. */
export function turnRaster(raster: Raster, turn: Turn): Raster {
  if (turn === 0) return raster
  const { data: from, width, height, channels } = raster
  const data = takePixels(from.length)
  const turned = turn === 180 ? { width, height } : { width: height, height: width }
  // Where the first pixel goes, and how far from there the next of its row and of its column go.
  const [start, across, down] = (
    {
      90: [height - 1, height, -1],
      180: [width * height - 1, -1, -width],
      270: [(width - 1) * height, -height, 1],
    } as const
  )[turn]
  for (let top = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile) {
      const [bottom, right] = [Math.min(height, top + tile), Math.min(width, left + tile)]
      for (let y = top; y < bottom; y++) {
        let source = (y * width + left) * channels
        let target = (start + y * down + left * across) * channels
        for (let x = left; x < right; x++, source += channels, target += across * channels) {
          data[target] = from[source] as number
          if (channels === 1) continue
          data[target + 1] = from[source + 1] as number
          data[target + 2] = from[source + 2] as number
        }
      }
    }
  }
  return { data, ...turned, channels }
}

/** Puts rasters of one width under each other. */
export function stackRasters(rasters: readonly Raster[]): Raster {
  const [first] = rasters
  if (first === undefined) throw new TypeError('no rasters')
  if (rasters.length === 1) return first
  const height = rasters.reduce((sum, raster) => sum + raster.height, 0)
  const data = takePixels(rasters.reduce((sum, raster) => sum + raster.data.length, 0))
  let at = 0
  for (const raster of rasters) at += raster.data.copy(data, at)
  return { ...first, data, height }
}

/** The part of a raster between these pixels. */
export async function cropRaster(raster: Raster, box: PixelBox): Promise<Raster> {
  return readRaster(openRaster(raster).extract({ ...box }), raster.channels)
}

/**
 * Decodes a JPEG and turns it clockwise; then not much more than `mostPx` wide. To a third and less, sharp shrinks while
 * it decodes. Throws at the first complaint.
 */
export async function decodeJpeg(jpeg: Jpeg, turn: Turn, mostPx?: number): Promise<Raster> {
  const channels = jpeg.components
  const decoded = sharp(jpeg.bytes, { failOn: 'warning', limitInputPixels: false }).toColourspace(
    channels === 1 ? 'b-w' : 'srgb',
  )
  if (mostPx === undefined) return turnRaster(await readRaster(decoded, channels), turn)
  const isUpright = turn % 180 === 0
  const isHalved = channels === 1 && wholeTimes(isUpright ? jpeg.widthPx : jpeg.heightPx, mostPx) === 2
  if (isHalved) return turnRaster(halveGrey(await readRaster(decoded, 1)), turn)
  const side = isUpright ? { width: mostPx } : { height: mostPx }
  const sized = decoded.resize({ ...side, kernel, withoutEnlargement: true })
  return turnRaster(await readRaster(sized, channels), turn)
}

async function readRaster(image: Sharp, channels: 1 | 3): Promise<Raster> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true })
  return { data: holdPixels(data), width: info.width, height: info.height, channels }
}

/** An image of a page that is not written yet. */
export type EncodedImage = Pick<PageImage, 'mediaType' | 'widthPx' | 'heightPx'> & { readonly bytes: Buffer }

/**
 * Encodes pixels, at most `widthPx` wide, as a JPEG with the usual code tables: such as are made for the image spare a
 * tenth of the bytes for twice the time.
 */
export async function encodeJpeg(raster: Raster, quality: number, widthPx?: number): Promise<EncodedImage> {
  const image = openRaster(raster)
  const sized =
    widthPx !== undefined && raster.width > widthPx ? image.resize({ width: widthPx, kernel }) : image
  const { data, info } = await sized
    .jpeg({ quality, optimizeCoding: false })
    .toBuffer({ resolveWithObject: true })
  return { bytes: data, mediaType: 'image/jpeg', widthPx: info.width, heightPx: info.height }
}

export type PixelBox = {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** A part in one channel: a weighted mean in which every colour of ink is dark. All of it when no part is named. */
export function toGrey(raster: Raster, box?: PixelBox): Raster {
  const { left, top, width, height } = box ?? { left: 0, top: 0, width: raster.width, height: raster.height }
  if (raster.channels === 1 && width === raster.width && height === raster.height) return raster
  const { data: from, channels } = raster
  const data = takePixels(width * height)
  for (let y = 0, at = 0; y < height; y++) {
    let pixel = ((top + y) * raster.width + left) * channels
    if (channels === 1) at += from.copy(data, at, pixel, pixel + width)
    else {
      for (let x = 0; x < width; x++, pixel += 3) {
        data[at++] =
          ((from[pixel] as number) + 2 * (from[pixel + 1] as number) + (from[pixel + 2] as number)) >> 2
      }
    }
  }
  return { data, width, height, channels: 1 }
}
