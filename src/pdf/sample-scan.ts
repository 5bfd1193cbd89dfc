import * as mupdf from 'mupdf'
import sharp from 'sharp'
import type { Drawing } from './drawing.ts'
import { embedFonts } from './embed-fonts.ts'
import type { GlyphUse } from './fonts.ts'
import { saveDeterministically } from './graft.ts'
import { newHand, type Random } from './sample-hand.ts'
import { drawSamplePage, pageHeight, pageWidth } from './sample-page.ts'

export type SampleScanOptions = {
  readonly seed: number
  readonly copies: number
  readonly pagesPerCopy: number
  readonly title?: string
}

const dpi = 200
const maxSkewRadians = (0.6 * Math.PI) / 180

/**
 * Makes a PDF that looks like the scan of invented, handwritten copies: one grey 200 dpi JPEG per A4 page, slightly
 * skewed, with paper tone and sensor noise. The copies follow each other; no name, nobody's writing.
 * The same options give the same bytes. About half a second of CPU a page, in the calling process.
 */
export async function makeSampleScan(options: SampleScanOptions): Promise<Uint8Array> {
  const { seed, copies, pagesPerCopy, title = 'Épreuve de démonstration' } = options
  const scan = new mupdf.PDFDocument()
  try {
    for (let copy = 0; copy < copies; copy++) {
      const random = newRandom(seed * 10_007 + copy)
      const hand = newHand(random)
      for (let pageNumber = 1; pageNumber <= pagesPerCopy; pageNumber++) {
        const skew = (random() * 2 - 1) * maxSkewRadians
        const page = { title, copyNumber: copy + 1, pageNumber, pageCount: pagesPerCopy, hand, skew }
        const glyphs: GlyphUse = new Map()
        const pixels = render(drawSamplePage(page, glyphs, random), glyphs)
        soil(pixels.data, pixels.width, random)
        addScannedPage(scan, await encode(pixels), pixels)
      }
    }
    return saveDeterministically(scan, `sample ${seed} ${copies} ${pagesPerCopy} ${title}`)
  } finally {
    scan.destroy()
  }
}

type Pixels = { readonly data: Uint8Array; readonly width: number; readonly height: number }

function render(drawing: Drawing, glyphs: GlyphUse): Pixels {
  const document = new mupdf.PDFDocument()
  try {
    const resources = { Font: embedFonts(document, glyphs) }
    const box: mupdf.Rect = [0, 0, pageWidth, pageHeight]
    document.insertPage(-1, document.addPage(box, 0, resources, drawing.operators.join('\n')))
    const page = document.loadPage(0)
    const scale = mupdf.Matrix.scale(dpi / 72, dpi / 72)
    const pixmap = page.toPixmap(scale, mupdf.ColorSpace.DeviceGray, false, false)
    const data = Uint8Array.from(pixmap.getPixels())
    const pixels = { data, width: pixmap.getWidth(), height: pixmap.getHeight() }
    pixmap.destroy()
    page.destroy()
    return pixels
  } finally {
    document.destroy()
  }
}

/** Uneven light, paper grain and sensor noise, in place. */
function soil(data: Uint8Array, width: number, random: Random): void {
  const noise = Int8Array.from({ length: 8_192 }, () =>
    Math.round((random() + random() + random() - 1.5) * 6),
  )
  const tilt = (random() - 0.5) * 10
  const light = Float32Array.from(
    { length: width },
    (_, x) => tilt * (x / width - 0.5) - 3 * (x / width - 0.5) ** 2,
  )
  const height = data.length / width
  let state = Math.floor(random() * 0x7fffffff)
  for (let y = 0; y < height; y++) {
    const row = y * width
    const lamp = Math.sin(y / 170) * 0.8
    for (let x = 0; x < width; x++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      const value = (data[row + x] ?? 0) + (noise[(state >>> 16) & 8_191] ?? 0) + (light[x] ?? 0) + lamp
      data[row + x] = Math.min(255, Math.max(0, value))
    }
  }
}

function encode({ data, width, height }: Pixels): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('b-w')
    .jpeg({ quality: 75 })
    .toBuffer()
}

function addScannedPage(scan: mupdf.PDFDocument, jpeg: Buffer, { width, height }: Pixels): void {
  const image = scan.addRawStream(jpeg, {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: height,
    ColorSpace: 'DeviceGray',
    BitsPerComponent: 8,
    Filter: 'DCTDecode',
  })
  const contents = `q ${pageWidth} 0 0 ${pageHeight} 0 0 cm /Scan Do Q`
  const box: mupdf.Rect = [0, 0, pageWidth, pageHeight]
  scan.insertPage(-1, scan.addPage(box, 0, { XObject: { Scan: image } }, contents))
}

/** A small generator with a seed (mulberry32): `Math.random` would give another demonstration each time. */
function newRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
