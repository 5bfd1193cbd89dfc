import { writeFileSync } from 'node:fs'
import { type EncodedImage, encodeJpeg, type Raster } from './raster.ts'
import type { PageImage } from './tasks.ts'

/** Turns the pixels of a page into the files that people look at. */

export const screenWidthPx = 1_240
const thumbnailWidthPx = 240
/** Chosen by measuring on real scans (bench/README.md): WebP halves the bytes for three to five times the time. */
const screenQuality = 75
const thumbnailQuality = 75

/**
 * Up to here the full image serves on the screen as it is: one made for the screen costs as much time as all else that is
 * done to the page, some sharpness, and room on the disk. A megabyte still comes within a second over ten megabits, and the
 * next page is fetched while one is read; 300 dpi on A4 are 2,550 pixels.
 */
const servedWhole = { widthPx: 2_600, sizeBytes: 1_048_576 } as const

export type PageFiles = {
  readonly full: PageImage
  readonly screen: PageImage
  readonly thumbnail: PageImage
}

/** Whether a full image is neither much wider than a screen needs nor heavy. Of such a page no pixels are needed but few. */
export function isScreenSized({ widthPx, bytes }: EncodedImage): boolean {
  return widthPx <= servedWhole.widthPx && bytes.length <= servedWhole.sizeBytes
}

/**
 * Writes the three images of a page, all upright: the screen's from `shown`, unless the full one serves there, too; the
 * thumbnail from `small`. One after the other, because an error must find nobody at work on the pixels.
 */
export async function writePageImages(
  full: EncodedImage,
  shown: Raster,
  small: Raster,
  stem: string,
): Promise<PageFiles> {
  const screen = isScreenSized(full) ? undefined : await encodeJpeg(shown, screenQuality)
  const thumbnail = await encodeJpeg(small, thumbnailQuality, thumbnailWidthPx)
  const written = writeImage(full, `${stem}-full`)
  return {
    full: written,
    screen: screen === undefined ? written : writeImage(screen, `${stem}-screen`),
    thumbnail: writeImage(thumbnail, `${stem}-thumbnail`),
  }
}

/**
 * Written by Node, whose errors say by a code that the disk is full; those of sharp are sentences. Waiting for the disk
 * costs half of what another thread would: nothing else is to be done meanwhile.
 */
function writeImage({ bytes, ...shape }: EncodedImage, stem: string): PageImage {
  const path = `${stem}.${shape.mediaType === 'image/png' ? 'png' : 'jpg'}`
  writeFileSync(path, bytes)
  return { path, ...shape, sizeBytes: bytes.length }
}
