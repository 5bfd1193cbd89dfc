import { crc32, deflateSync } from 'node:zlib'
import { takePixels } from './pixel-memory.ts'
import { type PixelBox, type Raster, turnRaster } from './raster.ts'
import type { Turn } from './tasks.ts'

/** Rows of bits, each padded to whole bytes, 1 for white: what PDF and PNG both hold of a black-and-white scan. */
export type Bitmap = { readonly bits: Buffer; readonly widthPx: number; readonly heightPx: number }

/** Bytes of a row of pixels. */
export function rowBytesOf(widthPx: number): number {
  return Math.ceil(widthPx / 8)
}

/** Puts bitmaps of one width under each other. */
export function joinBitmaps(bitmaps: readonly Bitmap[]): Bitmap {
  const [first] = bitmaps
  if (first === undefined) throw new TypeError('no bitmaps')
  if (bitmaps.length === 1) return first
  const heightPx = bitmaps.reduce((sum, bitmap) => sum + bitmap.heightPx, 0)
  return { bits: Buffer.concat(bitmaps.map(({ bits }) => bits)), widthPx: first.widthPx, heightPx }
}

/** The part between these pixels. */
export function cropBitmap(bitmap: Bitmap, { left, top, width, height }: PixelBox): Bitmap {
  const [fromBytes, rowBytes] = [rowBytesOf(bitmap.widthPx), rowBytesOf(width)]
  const bits = Buffer.alloc(rowBytes * height)
  const shift = left & 7
  for (let y = 0, to = 0; y < height; y++) {
    const end = (top + y + 1) * fromBytes
    for (let at = (top + y) * fromBytes + (left >> 3), i = 0; i < rowBytes; i++, at++) {
      const next = at + 1 < end ? (bitmap.bits[at + 1] as number) : 0
      bits[to++] = ((bitmap.bits[at] as number) << shift) | (next >> (8 - shift))
    }
  }
  return { bits, widthPx: width, heightPx: height }
}

/** Turns clockwise. */
export function turnBitmap(bitmap: Bitmap, turn: Turn): Bitmap {
  return turn === 0 ? bitmap : pack(turnRaster(unpack(bitmap), turn))
}

/** Four pixels for each half byte, in the byte order of this machine. */
const quads = Uint32Array.from({ length: 16 }, (_, nibble) => {
  const pixels = [8, 4, 2, 1].map((bit) => ((nibble & bit) === 0 ? 0 : 255))
  return new Uint32Array(Uint8Array.from(pixels).buffer)[0] ?? 0
})

/** One byte a pixel. */
export function unpack({ bits, widthPx, heightPx }: Bitmap): Raster {
  const rowBytes = rowBytesOf(widthPx)
  const padded = takePixels(rowBytes * 8 * heightPx)
  const wide = new Uint32Array(padded.buffer, padded.byteOffset, padded.length / 4)
  for (let at = 0; at < wide.length / 2; at++) {
    const byte = bits[at] as number
    wide[at * 2] = quads[byte >> 4] as number
    wide[at * 2 + 1] = quads[byte & 15] as number
  }
  return trimRows(padded, rowBytes * 8, widthPx, heightPx)
}

/** Two pixels for each two of a row, two above two: the number of white ones among four. */
const pairs = Uint16Array.from({ length: 256 }, (_, both) => {
  const [above, below] = [both >> 4, both & 15]
  const white = (bit: number) => ((above & bit) === 0 ? 0 : 1) + ((below & bit) === 0 ? 0 : 1)
  const pixels = [white(8) + white(4), white(2) + white(1)].map((count) => Math.round((count * 255) / 4))
  return new Uint16Array(Uint8Array.from(pixels).buffer)[0] ?? 0
})

/** In grey, at half the width and height, each pixel the mean of four. */
export function halveBitmap({ bits, widthPx, heightPx }: Bitmap): Raster {
  const rowBytes = rowBytesOf(widthPx)
  const [width, height] = [widthPx >> 1, heightPx >> 1]
  const padded = takePixels(rowBytes * 4 * height)
  const wide = new Uint16Array(padded.buffer, padded.byteOffset, padded.length / 2)
  for (let y = 0, to = 0; y < height; y++) {
    for (let at = 2 * y * rowBytes, end = at + rowBytes; at < end; at++) {
      const [above, below] = [bits[at] as number, bits[at + rowBytes] as number]
      wide[to++] = pairs[(above & 0xf0) | (below >> 4)] as number
      wide[to++] = pairs[((above & 15) << 4) | (below & 15)] as number
    }
  }
  return trimRows(padded, rowBytes * 4, width, height)
}

/** Takes away what rows have beyond their width. */
function trimRows(padded: Buffer, paddedWidth: number, width: number, height: number): Raster {
  if (width === paddedWidth) return { data: padded, width, height, channels: 1 }
  const data = takePixels(width * height)
  for (let y = 0; y < height; y++) padded.copy(data, y * width, y * paddedWidth, y * paddedWidth + width)
  return { data, width, height, channels: 1 }
}

/** Eight pixels a byte, for one channel that is black and white. */
export function pack({ data, width, height }: Raster): Bitmap {
  const rowBytes = rowBytesOf(width)
  const bits = Buffer.alloc(rowBytes * height)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      if ((data[at] as number) < 128) continue
      const byte = y * rowBytes + (x >> 3)
      bits[byte] = (bits[byte] as number) | (128 >> (x & 7))
    }
  }
  return { bits, widthPx: width, heightPx: height }
}

/** A PNG of one bit a pixel (W3C PNG, third edition): sharp makes none. */
export function encodePng({ bits, widthPx, heightPx }: Bitmap): Buffer {
  const rowBytes = rowBytesOf(widthPx)
  const rows = Buffer.alloc((rowBytes + 1) * heightPx)
  for (let y = 0; y < heightPx; y++) {
    bits.copy(rows, y * (rowBytes + 1) + 1, y * rowBytes, (y + 1) * rowBytes)
  }
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0])
  header.writeUInt32BE(widthPx, 0)
  header.writeUInt32BE(heightPx, 4)
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 4 })),
    chunk('IEND', Buffer.alloc(0)),
  ]
  return Buffer.concat([signature, ...parts])
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(data.length + 12)
  whole.writeUInt32BE(data.length, 0)
  whole.write(type, 4, 'latin1')
  data.copy(whole, 8)
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length)
  return whole
}
