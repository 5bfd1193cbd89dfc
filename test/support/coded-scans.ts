import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as mupdf from 'mupdf'
import sharp from 'sharp'
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer'
import type { Turn } from '../../src/pdf/tasks.ts'

/** Makes stacks of scans whose pages bear codes, and does to them what happens at a scanner. */

export type CodedScanOptions = {
  readonly seed: number
  readonly copies: number
  readonly pagesPerCopy: number
  /** What the codes say; default `demo-{copy}-{page}`. */
  readonly pattern?: string
  /** Which pages bear one; default every page. */
  readonly codes?: 'every-page' | 'first-page'
  /** How often each of these happens to a page, 0 to 1. Pages are turned by any quarter. */
  readonly turned?: number
  readonly duplicated?: number
  readonly blanked?: number
  readonly removed?: number
  readonly shuffled?: boolean
}

/** What lies on a page of the stack. `turn`: clockwise, what makes it upright again. */
export type CodedPage = {
  readonly copy: string
  readonly page: number
  readonly payload: string | undefined
  readonly turn: Turn
  readonly isBlank: boolean
  readonly isDuplicate: boolean
}

export type CodedScan = { readonly pdf: Uint8Array; readonly pages: readonly CodedPage[] }

const [widthPx, heightPx] = [827, 1169]
const turns: readonly Turn[] = [0, 90, 180, 270]

let isPrepared = false

/** The package's own file: left alone, the library would ask a server on the internet for it. */
function prepare(): void {
  if (isPrepared) return
  const path = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm')
  prepareZXingModule({ overrides: { wasmBinary: Uint8Array.from(readFileSync(path)).buffer } })
  isPrepared = true
}

/** Makes a stack at 100 dpi, grey JPEGs, and tells what is on each page. The same options give the same stack. */
export async function makeCodedScan(options: CodedScanOptions): Promise<CodedScan> {
  prepare()
  const random = newRandom(options.seed)
  const pages = disturb(planPages(options), options, random)
  const document = new mupdf.PDFDocument()
  try {
    for (const page of pages) addPage(document, await drawPage(page, options.seed))
    const buffer = document.saveToBuffer('')
    const pdf = Uint8Array.from(buffer.asUint8Array())
    buffer.destroy()
    return { pdf, pages }
  } finally {
    document.destroy()
  }
}

function planPages({ copies, pagesPerCopy, pattern, codes }: CodedScanOptions): CodedPage[] {
  const template = pattern ?? 'demo-{copy}-{page}'
  return Array.from({ length: copies * pagesPerCopy }, (_, index) => {
    const copy = String(100 + Math.floor(index / pagesPerCopy))
    const page = (index % pagesPerCopy) + 1
    const payload = template.replace('{copy}', copy).replace('{page}', String(page))
    const hasCode = codes !== 'first-page' || page === 1
    const plain = { turn: 0, isBlank: false, isDuplicate: false } as const
    return { copy, page, payload: hasCode ? payload : undefined, ...plain }
  })
}

function disturb(pages: readonly CodedPage[], options: CodedScanOptions, random: () => number): CodedPage[] {
  const happens = (share = 0) => random() < share
  const disturbed = pages.flatMap((page): CodedPage[] => {
    if (happens(options.removed)) return []
    const isBlank = happens(options.blanked)
    const turn = happens(options.turned) ? (turns[1 + Math.floor(random() * 3)] ?? 0) : 0
    const scanned = { ...page, turn, isBlank, payload: isBlank ? undefined : page.payload }
    return happens(options.duplicated) ? [scanned, { ...scanned, isDuplicate: true }] : [scanned]
  })
  return options.shuffled ? shuffle(disturbed, random) : disturbed
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

type Picture = { readonly jpeg: Buffer; readonly width: number; readonly height: number }

async function drawPage(page: CodedPage, seed: number): Promise<Picture> {
  const sheet = sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#f1efe9' } })
  const layers = page.isBlank ? [] : [{ input: drawWriting(page, seed), left: 0, top: 0 }]
  const code = page.payload === undefined ? [] : [{ input: await drawCode(page.payload), left: 640, top: 50 }]
  const flat = await sheet
    .composite([...layers, ...code])
    .png({ compressionLevel: 1 })
    .toBuffer()
  const isAgain = page.isDuplicate ? 1 : 0
  const moved = await sharp(flat)
    .rotate((360 - page.turn) % 360)
    .linear(1 - 0.02 * isAgain, 2 * isAgain)
    .toBuffer()
  const { data, info } = await sharp(moved)
    .greyscale()
    .toColourspace('b-w')
    .jpeg({ quality: 75 - 10 * isAgain })
    .toBuffer({ resolveWithObject: true })
  return { jpeg: data, width: info.width, height: info.height }
}

/** Lines of strokes that are another copy's on another page, from the left margin to wherever they end. */
function drawWriting({ copy, page }: CodedPage, seed: number): Buffer {
  const random = newRandom(seed * 7_919 + Number(copy) * 101 + page)
  const lines = Array.from({ length: 8 + Math.floor(random() * 14) }, (_, line) => {
    const y = 260 + line * 38
    const words = Array.from({ length: 3 + Math.floor(random() * 6) }, (_, word) => {
      const x = 90 + word * 75
      const bends = Array.from({ length: 5 }, () => `q 6 ${Math.round(random() * 26 - 18)} 12 0`).join(' ')
      return `M${x} ${y} ${bends}`
    })
    return words.join(' ')
  })
  const path = `<path d="${lines.join(' ')}" fill="none" stroke="#334" stroke-width="2.4"/>`
  return Buffer.from(`<svg width="${widthPx}" height="${heightPx}">${path}</svg>`)
}

/** A QR code as a picture, 130 pixels wide. */
export async function drawCode(payload: string): Promise<Buffer> {
  prepare()
  const { image, error } = await writeBarcode(payload, { format: 'QRCode', scale: 4 })
  if (image === null) throw new Error(`no code: ${error}`)
  return sharp(Buffer.from(await image.arrayBuffer()))
    .resize({ width: 130, kernel: 'nearest' })
    .toBuffer()
}

function addPage(document: mupdf.PDFDocument, { jpeg, width, height }: Picture): void {
  const image = document.addRawStream(jpeg, {
    Type: 'XObject',
    Subtype: 'Image',
    Width: width,
    Height: height,
    ColorSpace: 'DeviceGray',
    BitsPerComponent: 8,
    Filter: 'DCTDecode',
  })
  const [across, down] = [(width * 72) / 100, (height * 72) / 100]
  const contents = `q ${across} 0 0 ${down} 0 0 cm /Scan Do Q`
  document.insertPage(-1, document.addPage([0, 0, across, down], 0, { XObject: { Scan: image } }, contents))
}

/** A small generator with a seed (mulberry32). */
function newRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
