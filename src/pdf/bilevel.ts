import type * as mupdf from 'mupdf'
import { type Bitmap, rowBytesOf } from './bitmap.ts'
import { listenTo } from './complaints.ts'

const filters: ReadonlySet<string> = new Set([
  'CCITTFaxDecode',
  'CCF',
  'JBIG2Decode',
  'FlateDecode',
  'LZWDecode',
])

/** Whether an image is one bit a pixel, in a coding that loses nothing. */
export function isBilevel(image: mupdf.PDFObject): boolean {
  const filter = image.get('Filter')
  const list = filter.isArray() ? Array.from({ length: filter.length }, (_, i) => filter.get(i)) : [filter]
  const isStencil = image.get('ImageMask').valueOf() === true
  return (
    (isStencil || image.get('BitsPerComponent').asNumber() === 1) &&
    list.every((name) => name.isNull() || filters.has(name.asName()))
  )
}

/**
 * Decodes a black-and-white image; `undefined` when it complains or comes out too short. A stencil is black where its
 * bit is 0, as a grey image is, so both read alike; `Decode [1 0]` turns both over.
 */
export function readBitmap(image: mupdf.PDFObject): Bitmap | undefined {
  const [widthPx, heightPx] = [image.get('Width').asNumber(), image.get('Height').asNumber()]
  const size = rowBytesOf(widthPx) * heightPx
  try {
    const { result: buffer, hasComplained } = listenTo(() => image.readStream())
    const bits = Buffer.from(buffer.asUint8Array().subarray(0, size))
    buffer.destroy()
    if (hasComplained || bits.length < size) return undefined
    if (image.get('Decode').isArray() && image.get('Decode', 0).asNumber() === 1) invert(bits)
    return { bits, widthPx, heightPx }
  } catch {
    return undefined // The page is drawn instead, and a fault that lies deeper shows itself there.
  }
}

function invert(bits: Buffer): void {
  for (let at = 0; at < bits.length; at++) bits[at] = ~(bits[at] ?? 0) & 0xff
}
