import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as mupdf from 'mupdf'
import sharp from 'sharp'
import { makeSampleScan } from '../../src/pdf/sample-scan.ts'

/** One file to be read, and what it is. */
export type Input = {
  readonly name: string
  readonly path: string
  readonly pages: number
  readonly kbPerPage: number
}
export type Inputs = {
  readonly jpeg: readonly Input[]
  readonly bilevel: readonly Input[]
  readonly vector: readonly Input[]
  readonly large: Input
}

const corpus = resolve(import.meta.dirname, '../..', process.env['PARAPH_CORPUS'] ?? '../shared/corpus')
const A4: mupdf.Rect = [0, 0, 595, 842]
const at200Dpi = { width: 1_654, height: 2_339 } as const
const at300Dpi = { width: 2_480, height: 3_508 } as const

/** Makes invented scans in `folder`, and adds the real ones where they are. */
export async function makeInputs(folder: string): Promise<Inputs> {
  const copies = 6
  const grey = await makeSampleScan({ seed: 4, copies, pagesPerCopy: 2 })
  const pictures = takeJpegs(grey)
  const colours = await Promise.all(pictures.map((picture) => colourIn(picture, { sigma: 8, quality: 84 })))
  // As a sensor with much noise and a setting for quality make them.
  const some = pictures.slice(0, 6)
  const heavy = await Promise.all(some.map((picture) => colourIn(picture, { sigma: 20, quality: 92 })))
  const fine = await Promise.all(some.map(enlarge))
  const write = (name: string, bytes: Uint8Array, pages: number): Input => {
    const path = join(folder, `${name.replaceAll(/\W+/g, '-')}.pdf`)
    writeFileSync(path, bytes)
    return { name, path, pages, kbPerPage: Math.round(bytes.length / pages / 1_000) }
  }
  const real = (name: string, file: string, pages: number): Input[] => {
    const path = join(corpus, file)
    return existsSync(path)
      ? [{ name, path, pages, kbPerPage: Math.round(statSync(path).size / pages / 1_000) }]
      : []
  }
  const large = Array.from({ length: 100 }, (_, index) => heavy[index % heavy.length] as Buffer)
  const made = {
    jpeg: [
      write('invented, colour 200 dpi', scanOf(colours, 'DeviceRGB', at200Dpi), colours.length),
      write('invented, colour 200 dpi, heavy', scanOf(heavy, 'DeviceRGB', at200Dpi), heavy.length),
      write('invented, grey 200 dpi', grey, pictures.length),
      write('invented, grey 300 dpi, heavy', scanOf(fine, 'DeviceGray', at300Dpi), fine.length),
    ],
    bilevel: [
      ...real('real, CCITT 200 dpi', 'submitty/01_qr_six_6page_scan.pdf', 36),
      ...real('real, JBIG2 300 dpi', 'markus/midterm_scan_102.pdf', 6),
    ],
    vector: [
      write('invented, text', textPages(12), 12),
      ...real('real, typeset', 'markus/midterm1-v2-test.pdf', 6),
    ],
    large: write('invented, 100 pages', scanOf(large, 'DeviceRGB', at200Dpi), large.length),
  }
  if (made.bilevel.length === 0)
    process.stderr.write('skipped: no real scans (PARAPH_CORPUS), so no bilevel ones\n')
  return {
    ...made,
    jpeg: [
      ...made.jpeg,
      ...real('real, grey 300 dpi', 'markus/midterm_scan_100.pdf', 6),
      ...real('real, colour 200 dpi', 'submitty/01_qr_six_6page_colorscan.pdf', 36),
    ],
  }
}

function takeJpegs(pdf: Uint8Array): Buffer[] {
  const document = new mupdf.PDFDocument(pdf)
  const jpegs = Array.from({ length: document.countPages() }, (_, index) => {
    const scan = document.findPage(index).get('Resources', 'XObject', 'Scan')
    return Buffer.from(Uint8Array.from(scan.readRawStream().asUint8Array()))
  })
  document.destroy()
  return jpegs
}

/** Cream paper and blue ink, with a scanner's grain. */
async function colourIn(
  grey: Buffer,
  { sigma, quality }: { readonly sigma: number; readonly quality: number },
): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma } as const
  const grain = await sharp({ create: { ...at200Dpi, channels: 3, background: '#000', noise } })
    .png({ compressionLevel: 1 })
    .toBuffer()
  return sharp(grey)
    .tint('#d8cfae')
    .toColourspace('srgb')
    .composite([{ input: grain, blend: 'soft-light' }])
    .flatten()
    .jpeg({ quality })
    .toBuffer()
}

/** The same sheet at 300 dpi, with grain of that size. */
async function enlarge(grey: Buffer): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 8 } as const
  const grain = await sharp({ create: { ...at300Dpi, channels: 3, background: '#000', noise } })
    .png({ compressionLevel: 1 })
    .toBuffer()
  const sheet = await sharp(grey)
    .resize(at300Dpi)
    .toColourspace('srgb')
    .png({ compressionLevel: 1 })
    .toBuffer()
  return sharp(sheet)
    .composite([{ input: grain, blend: 'soft-light' }])
    .flatten()
    .toColourspace('b-w')
    .jpeg({ quality: 75 })
    .toBuffer()
}

function scanOf(
  images: readonly Buffer[],
  space: 'DeviceRGB' | 'DeviceGray',
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const document = new mupdf.PDFDocument()
  for (const bytes of images) {
    const image = document.addRawStream(bytes, {
      Type: 'XObject',
      Subtype: 'Image',
      Width: width,
      Height: height,
      ColorSpace: space,
      BitsPerComponent: 8,
      Filter: 'DCTDecode',
    })
    const resources = { XObject: { Scan: image } }
    document.insertPage(-1, document.addPage(A4, 0, resources, 'q 595 0 0 842 0 0 cm /Scan Do Q'))
  }
  return save(document)
}

function textPages(count: number): Uint8Array {
  const document = new mupdf.PDFDocument()
  const words = 'la derivee de la fonction est continue sur tout intervalle ferme et borne'
  for (let page = 0; page < count; page++) {
    const lines = Array.from(
      { length: 48 },
      (_, line) => `1 0 0 1 60 ${780 - line * 15} Tm (${page + 1}.${line + 1} ${words}) Tj`,
    )
    const contents = `0.9 0.9 1 rg 50 50 495 60 re f 0 g BT /F1 11 Tf ${lines.join('\n')} ET`
    const font = { Type: 'Font', Subtype: 'Type1', BaseFont: 'Times-Roman' }
    document.insertPage(-1, document.addPage(A4, 0, { Font: { F1: font } }, contents))
  }
  return save(document)
}

function save(document: mupdf.PDFDocument): Uint8Array {
  const bytes = Uint8Array.from(document.saveToBuffer('').asUint8Array())
  document.destroy()
  return bytes
}
