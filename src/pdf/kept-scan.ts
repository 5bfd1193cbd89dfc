import type { PDFObject, PDFPage } from 'mupdf'
import { findDrawables, readContents } from './page-contents.ts'

/** A page that is nothing but one JPEG: its bytes can be the page's full image, as the scanner made them. */
export type KeptScan = { readonly bytes: Buffer; readonly widthPx: number; readonly heightPx: number }

const onlyImage = /^\s*(?:q\s+)?((?:[-+.\d]+\s+){6})cm\s+\/([^\s/<>[\](){}%#]+)\s+Do\s*(?:Q\s*)?$/
const shortContentBytes = 4_096
/** Marks are placed by fractions of the page: the image must lie on it to within a pixel and a half at 100 dpi. */
const tolerancePoints = 1

/**
 * Finds the JPEG that alone covers an upright page; any doubt means `undefined`, and the page is rendered.
 * Pages with annotations, turned or cropped, with masks, colour profiles, or a JPEG that carries anything but pixels
 * (Exif would leave with the image, and turn it in a browser) are all doubts.
 */
export function findKeptScan(page: PDFPage, maxPixels: number): KeptScan | undefined {
  const object = page.getObject()
  if (object.get('Annots').length > 0) return undefined
  const contents = readContents(object)
  if (contents.length > shortContentBytes) return undefined
  const found = onlyImage.exec(Buffer.from(contents).toString('latin1'))
  const image = findDrawables(object)?.get(found?.[2] ?? '')
  if (found === null || image === undefined || !isPlainJpeg(image)) return undefined
  if (!coversPage(page, (found[1] ?? '').trim().split(/\s+/).map(Number))) return undefined
  const [widthPx, heightPx] = [image.get('Width').asNumber(), image.get('Height').asNumber()]
  if (widthPx * heightPx > maxPixels) return undefined
  const buffer = image.readRawStream()
  const bytes = Buffer.from(Uint8Array.from(buffer.asUint8Array()))
  buffer.destroy()
  const components = image.get('ColorSpace').asName() === 'DeviceGray' ? 1 : 3
  return holdsOnlyPixels(bytes, { widthPx, heightPx, components }) ? { bytes, widthPx, heightPx } : undefined
}

function isPlainJpeg(image: PDFObject): boolean {
  if (!image.isStream() || image.get('Subtype').asName() !== 'Image') return false
  const filter = image.get('Filter')
  const name = filter.isArray() && filter.length === 1 ? filter.get(0).asName() : filter.asName()
  const changes = ['SMask', 'Mask', 'Decode', 'DecodeParms', 'ImageMask', 'SMaskInData', 'OC']
  const space = image.get('ColorSpace').asName()
  return (
    name === 'DCTDecode' &&
    (space === 'DeviceGray' || space === 'DeviceRGB') &&
    changes.every((key) => image.get(key).isNull())
  )
}

/** Whether the unit square, moved by `matrix` and then as MuPDF displays the page, is the upright page. */
function coversPage(page: PDFPage, matrix: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = matrix
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

type Shape = { readonly widthPx: number; readonly heightPx: number; readonly components: number }

const startOfImage = 0xffd8
const endOfImage = 0xffd9
const startOfScan = 0xffda
/** Baseline and progressive frames; tables; restart interval; JFIF header. Everything else is a doubt. */
const frames: ReadonlySet<number> = new Set([0xffc0, 0xffc1, 0xffc2])
const harmless: ReadonlySet<number> = new Set([0xffc4, 0xffdb, 0xffdd, 0xffe0])

/** Walks the JPEG's segments up to the pixels and compares its own size with what the PDF says. */
function holdsOnlyPixels(bytes: Buffer, shape: Shape): boolean {
  if (bytes.length < 100 || bytes.readUInt16BE(0) !== startOfImage) return false
  if (bytes.readUInt16BE(bytes.length - 2) !== endOfImage) return false
  let agrees = false
  for (let at = 2; at + 10 < bytes.length; ) {
    const marker = bytes.readUInt16BE(at)
    if (marker === startOfScan) return agrees
    if (frames.has(marker)) {
      const [heightPx, widthPx, components] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7), bytes[at + 9]]
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
