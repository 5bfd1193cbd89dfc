import { inflateSync } from 'node:zlib'
import type { PDFObject } from 'mupdf'
import { takePixels } from './pixel-memory.ts'
import type { Turn } from './tasks.ts'

/** A scanner's JPEG as it lies in the PDF: its bytes can be the page's full image. */
export type Jpeg = {
  readonly bytes: Buffer
  readonly widthPx: number
  readonly heightPx: number
  readonly components: 1 | 3
}

/** Whether the only coding of an image is JPEG. */
export function isJpeg(image: PDFObject): boolean {
  const filter = image.get('Filter')
  const filters = filter.isArray() ? filter.toString(true) : `[${filter.toString(true)}]`
  return filters === '[/DCTDecode]' || filters === '[/FlateDecode/DCTDecode]'
}

/**
 * Takes an image's JPEG out; `undefined` for one that carries anything but pixels (Exif would leave with the image,
 * and turn it in a browser) or whose size is not what the PDF says.
 */
export function readJpeg(image: PDFObject, components: 1 | 3, maxBytes: number): Jpeg | undefined {
  const buffer = image.readRawStream()
  const inEngine = buffer.asUint8Array()
  const raw = takePixels(inEngine.length)
  raw.set(inEngine)
  buffer.destroy()
  const bytes = image.get('Filter').length === 2 ? inflate(raw, maxBytes) : raw
  const [widthPx, heightPx] = [image.get('Width').asNumber(), image.get('Height').asNumber()]
  const jpeg = { bytes, widthPx, heightPx, components }
  return holdsOnlyPixels(jpeg) ? jpeg : undefined
}

/** Some scanners deflate the JPEG once more, to no avail. */
function inflate(raw: Buffer, maxOutputLength: number): Buffer {
  try {
    return inflateSync(raw, { maxOutputLength })
  } catch {
    return Buffer.alloc(0) // Damaged or swollen: no JPEG, so the page is rendered.
  }
}

const startOfImage = 0xffd8
const endOfImage = 0xffd9
const startOfScan = 0xffda
/** Baseline and progressive frames; tables; restart interval; JFIF header. Everything else is a doubt. */
const frames: ReadonlySet<number> = new Set([0xffc0, 0xffc1, 0xffc2])
const harmless: ReadonlySet<number> = new Set([0xffc4, 0xffdb, 0xffdd, 0xffe0])

/** Walks the JPEG's segments up to the pixels and compares its own size with what the PDF says. */
function holdsOnlyPixels({ bytes, ...shape }: Jpeg): boolean {
  if (bytes.length < 100 || bytes.readUInt16BE(0) !== startOfImage) return false
  if (bytes.readUInt16BE(bytes.length - 2) !== endOfImage) return false
  let agrees = false
  for (let at = 2; at + 10 < bytes.length; ) {
    const marker = bytes.readUInt16BE(at)
    if (marker === startOfScan) return agrees
    if (frames.has(marker)) {
      const [heightPx, widthPx, components] = [
        bytes.readUInt16BE(at + 5),
        bytes.readUInt16BE(at + 7),
        bytes[at + 9],
      ]
      agrees =
        bytes[at + 4] === 8 &&
        widthPx === shape.widthPx &&
        heightPx === shape.heightPx &&
        components === shape.components
    } else if (!harmless.has(marker)) return false
    at += 2 + bytes.readUInt16BE(at + 2)
  }
  return false
}

const orientations: Readonly<Record<Turn, number>> = { 0: 1, 90: 6, 180: 3, 270: 8 }

/**
 * The same JPEG with a note that it is to be shown turned clockwise: an Exif segment (CIPA DC-008) with one entry, the
 * orientation, in front of all others. Not a byte of what the scanner made changes.
 */
export function withOrientation(bytes: Buffer, turn: Turn): Buffer {
  if (turn === 0) return bytes
  const tiff = Buffer.alloc(26)
  tiff.write('MM\0*', 0, 'latin1')
  tiff.writeUInt32BE(8, 4) // The first directory follows,
  tiff.writeUInt16BE(1, 8) // with one entry:
  tiff.writeUInt16BE(0x0112, 10) // the orientation,
  tiff.writeUInt16BE(3, 12) // a short number,
  tiff.writeUInt32BE(1, 14) // just one.
  tiff.writeUInt16BE(orientations[turn], 18)
  const head = Buffer.from([0xff, 0xe1, 0, 8 + tiff.length])
  return Buffer.concat([
    bytes.subarray(0, 2),
    head,
    Buffer.from('Exif\0\0', 'latin1'),
    tiff,
    bytes.subarray(2),
  ])
}
