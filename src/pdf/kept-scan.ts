import { inflateSync } from 'node:zlib'
import type { Matrix, PDFObject, PDFPage } from 'mupdf'
import { findOnlyImage } from './page-contents.ts'

/** A page that is nothing but one JPEG: its bytes can be the page's full image, as the scanner made them. */
export type KeptScan = {
  readonly bytes: Buffer
  readonly widthPx: number
  readonly heightPx: number
  readonly components: 1 | 3
}

/** Marks are placed by fractions of the page: the image must lie on it to within a pixel and a half at 100 dpi. */
const tolerancePoints = 1

/**
 * Finds the JPEG that alone covers an upright page; any doubt means `undefined`, and the page is rendered.
 * Pages with annotations, turned or cropped, with masks, colour profiles, or a JPEG that carries anything but pixels
 * (Exif would leave with the image, and turn it in a browser) are all doubts.
 */
export function findKeptScan(page: PDFPage, maxPixels: number): KeptScan | undefined {
  const only = findOnlyImage(page.getObject())
  if (only === undefined || !isPlainJpeg(only.image) || !coversPage(page, only.matrix)) return undefined
  const { image } = only
  const [widthPx, heightPx] = [image.get('Width').asNumber(), image.get('Height').asNumber()]
  if (widthPx * heightPx > maxPixels || !hasSquarePixels(page, widthPx / heightPx)) return undefined
  const bytes = readJpeg(image, maxPixels)
  const components = image.get('ColorSpace').asName() === 'DeviceGray' ? 1 : 3
  const scan: KeptScan = { bytes, widthPx, heightPx, components }
  return holdsOnlyPixels(scan) ? scan : undefined
}

/** The JPEG itself; some scanners deflate it once more, to no avail. */
function readJpeg(image: PDFObject, maxBytes: number): Buffer {
  const buffer = image.readRawStream()
  const raw = Buffer.from(Uint8Array.from(buffer.asUint8Array()))
  buffer.destroy()
  if (image.get('Filter').length !== 2) return raw
  try {
    return inflateSync(raw, { maxOutputLength: maxBytes })
  } catch {
    return Buffer.alloc(0) // Damaged or swollen: no JPEG, so the page is rendered.
  }
}

function isPlainJpeg(image: PDFObject): boolean {
  const filter = image.get('Filter')
  const filters = filter.isArray() ? filter.toString(true) : `[${filter.toString(true)}]`
  const changes = ['SMask', 'Mask', 'Decode', 'DecodeParms', 'ImageMask', 'SMaskInData', 'OC']
  const space = image.get('ColorSpace').asName()
  return (
    ['[/DCTDecode]', '[/FlateDecode/DCTDecode]'].includes(filters) &&
    (space === 'DeviceGray' || space === 'DeviceRGB') &&
    changes.every((key) => image.get(key).isNull())
  )
}

/** Fax modes have pixels twice as high as wide; a browser would show such an image squeezed. */
function hasSquarePixels(page: PDFPage, imageRatio: number): boolean {
  const [left, top, right, bottom] = page.getBounds()
  return Math.abs(imageRatio / ((right - left) / (bottom - top)) - 1) < 0.01
}

/** Whether the unit square, moved by `matrix` and then as MuPDF displays the page, is the upright page. */
function coversPage(page: PDFPage, matrix: Matrix): boolean {
  const [a, b, c, d, e, f] = matrix
  const [ta, tb, tc, td, te, tf] = page.getTransform()
  const place = (x: number, y: number) => {
    const [ux, uy] = [a * x + c * y + e, b * x + d * y + f]
    return [ta * ux + tc * uy + te, tb * ux + td * uy + tf]
  }
  const [left, top, right, bottom] = page.getBounds()
  // Three corners: image rows run downwards, so its top left corner is (0, 1) in the unit square.
  const found = [place(0, 1), place(1, 1), place(0, 0)].flat()
  const wanted = [left, top, right, top, left, bottom]
  return found.every((value, index) => Math.abs(value - (wanted[index] ?? Number.NaN)) <= tolerancePoints)
}

const startOfImage = 0xffd8
const endOfImage = 0xffd9
const startOfScan = 0xffda
/** Baseline and progressive frames; tables; restart interval; JFIF header. Everything else is a doubt. */
const frames: ReadonlySet<number> = new Set([0xffc0, 0xffc1, 0xffc2])
const harmless: ReadonlySet<number> = new Set([0xffc4, 0xffdb, 0xffdd, 0xffe0])

/** Walks the JPEG's segments up to the pixels and compares its own size with what the PDF says. */
function holdsOnlyPixels({ bytes, ...shape }: KeptScan): boolean {
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
