import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import type { KeptScan } from './kept-scan.ts'
import type { PageImage, RasterizedPage } from './tasks.ts'

/** Turns the pixels of a page into the files that people look at. */

const screenWidthPx = 1_240
const thumbnailWidthPx = 240
const webp = { quality: 70, effort: 2 } as const
const jpeg = { quality: 85 } as const
/** Dust is allowed on a blank page, a one-letter answer is not: a page wrongly called blank would go unread. */
const speckPx = 6
/** Grey levels between paper and ink; the back of the sheet shines through with less. */
const inkContrast = 24

/** Pixels without alpha, rows without padding. */
export type Raster = {
  readonly data: Buffer
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

export type PageFiles = {
  readonly directory: string
  readonly pageIndex: number
  readonly shouldLeaveTraces: boolean
}

// The children are the parallelism: threads inside one would only fight over the same cores.
sharp.concurrency(1)
sharp.cache(false)

/** Encodes a rendered page at full size, then its two smaller images. */
export async function writeRendered(raster: Raster, files: PageFiles): Promise<RasterizedPage> {
  const screen = await narrow(raster, screenWidthPx)
  return writeAll(screen, files, writeJpeg(raster, fullPath(files)))
}

/**
 * Writes a scan's own bytes as the full image and decodes them once for the smaller ones.
 * Answers `undefined`, having written nothing, when they do not decode without a complaint.
 */
export async function writeKept(scan: KeptScan, files: PageFiles): Promise<RasterizedPage | undefined> {
  // Whatever the complaint is, the caller draws the page instead.
  const screen = await decodeScan(scan).catch(() => undefined)
  if (screen === undefined) return undefined
  const path = fullPath(files)
  const full = writeFile(path, scan.bytes).then(
    (): PageImage => ({
      path,
      mediaType: 'image/jpeg',
      widthPx: scan.widthPx,
      heightPx: scan.heightPx,
      sizeBytes: scan.bytes.length,
    }),
  )
  return writeAll(screen, files, full)
}

async function decodeScan(scan: KeptScan): Promise<Raster> {
  const decoded = sharp(scan.bytes, { failOn: 'warning', limitInputPixels: false })
    .toColourspace(scan.components === 1 ? 'b-w' : 'srgb')
    .resize({ width: screenWidthPx, withoutEnlargement: true })
  const { data, info } = await decoded.raw().toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: scan.components }
}

function fullPath(files: PageFiles): string {
  return join(files.directory, `${nameOf(files)}-full.jpg`)
}

function nameOf({ pageIndex }: PageFiles): string {
  return `page-${String(pageIndex + 1).padStart(4, '0')}`
}

async function writeAll(
  screenRaster: Raster,
  files: PageFiles,
  writtenFull: Promise<PageImage>,
): Promise<RasterizedPage> {
  const { directory, pageIndex } = files
  const [full, screen, thumbnail, ink] = await Promise.all([
    writtenFull,
    writeWebp(screenRaster, join(directory, `${nameOf(files)}-screen.webp`)),
    narrow(screenRaster, thumbnailWidthPx).then((small) =>
      writeWebp(small, join(directory, `${nameOf(files)}-thumbnail.webp`)),
    ),
    measureInk(screenRaster),
  ])
  const rendersEmpty = ink.isUniform && files.shouldLeaveTraces
  return { pageIndex, full, screen, thumbnail, isBlank: ink.isBlank && !rendersEmpty, rendersEmpty }
}

async function narrow(raster: Raster, widthPx: number): Promise<Raster> {
  if (raster.width <= widthPx) return raster
  const { data, info } = await open(raster)
    .resize({ width: widthPx })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { data, width: info.width, height: info.height, channels: raster.channels }
}

function open(raster: Raster): Sharp {
  const image = sharp(raster.data, {
    raw: { width: raster.width, height: raster.height, channels: raster.channels },
    limitInputPixels: false,
  })
  // Without this a grey raster comes out of `resize` with three channels.
  return raster.channels === 1 ? image.toColourspace('b-w') : image
}

function writeJpeg(raster: Raster, path: string): Promise<PageImage> {
  return writeEncoded(open(raster).jpeg(jpeg), 'image/jpeg', path)
}

function writeWebp(raster: Raster, path: string): Promise<PageImage> {
  return writeEncoded(open(raster).webp(webp), 'image/webp', path)
}

/** Written by Node, whose errors say by a code that the disk is full; those of sharp are sentences. */
async function writeEncoded(
  image: Sharp,
  mediaType: PageImage['mediaType'],
  path: string,
): Promise<PageImage> {
  const { data, info } = await image.toBuffer({ resolveWithObject: true })
  await writeFile(path, data)
  return { path, mediaType, widthPx: info.width, heightPx: info.height, sizeBytes: info.size }
}

/**
 * Tells bare paper from a written page: at about 37 dpi sensor noise is averaged away, the median is the paper's
 * tone, and pixels clearly darker (or lighter, on a dark sheet) are ink. The border is left out, where scanners leave shadows.
 */
async function measureInk(raster: Raster): Promise<{ isBlank: boolean; isUniform: boolean }> {
  const { data, info } = await open(raster)
    .resize({ width: 310, withoutEnlargement: true })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const histogram = new Array<number>(256).fill(0)
  const border = Math.round(info.width * 0.04)
  let counted = 0
  let lowest = 255
  let highest = 0
  for (let y = 0; y < info.height; y++) {
    for (let x = 0; x < info.width; x++) {
      const value = data[(y * info.width + x) * info.channels] ?? 255
      lowest = Math.min(lowest, value)
      highest = Math.max(highest, value)
      if (x < border || y < border || x >= info.width - border || y >= info.height - border) continue
      histogram[value] = (histogram[value] ?? 0) + 1
      counted += 1
    }
  }
  let median = 0
  for (let seen = 0; median < 255 && seen + (histogram[median] ?? 0) <= counted / 2; median++)
    seen += histogram[median] ?? 0
  const inked = histogram.reduce(
    (sum, amount, tone) => sum + (Math.abs(tone - median) > inkContrast ? amount : 0),
    0,
  )
  return { isBlank: inked <= speckPx, isUniform: highest - lowest <= 2 }
}
