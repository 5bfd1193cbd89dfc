import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { getDocument, type PDFDocumentProxy, Util, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs'

/** A second reader of PDFs, which shares no code with the one that writes them. Lengths are pixels at 100 dpi. */

type ReadText = {
  readonly text: string
  /** Where its baseline begins on the upright page as displayed, from the top left corner. */
  readonly x: number
  readonly y: number
  readonly width: number
  /** Of the baseline, in degrees, clockwise; 0 is upright. */
  readonly angle: number
}

type ReadPage = {
  readonly width: number
  readonly height: number
  readonly texts: readonly ReadText[]
  /** All its words, white space folded. */
  readonly words: string
}

type ReadPdf = {
  readonly pages: readonly ReadPage[]
  /** What the reader grumbled about. */
  readonly complaints: readonly string[]
  /** What it found besides pages: scripts, actions, attachments, forms, links, outlines, Info, XMP. */
  readonly extras: readonly string[]
}

const PIXELS_PER_POINT = 100 / 72
const FONTS = join(
  dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json')),
  'standard_fonts/',
)

/** Reads texts and everything else that is not paint. */
export async function readPdf(bytes: Uint8Array): Promise<ReadPdf> {
  const complaints: string[] = []
  const { log, warn } = console
  console.warn = console.log = (...words: unknown[]) => void complaints.push(words.join(' '))
  const task = getDocument({
    data: Uint8Array.from(bytes),
    verbosity: VerbosityLevel.WARNINGS,
    standardFontDataUrl: FONTS,
    enableXfa: true,
    stopAtErrors: true,
  })
  try {
    const document = await task.promise
    const pages: ReadPage[] = []
    for (let number = 1; number <= document.numPages; number += 1)
      pages.push(await readPage(document, number))
    return { pages, complaints, extras: await findExtras(document) }
  } finally {
    await task.destroy()
    Object.assign(console, { log, warn })
  }
}

async function readPage(document: PDFDocumentProxy, number: number): Promise<ReadPage> {
  const page = await document.getPage(number)
  const viewport = page.getViewport({ scale: PIXELS_PER_POINT })
  const { items } = await page.getTextContent()
  const texts = items.flatMap((item): ReadText[] => {
    if (!('str' in item) || item.str.trim() === '') return []
    const [a, b, , , x, y] = Util.transform(viewport.transform, item.transform)
    const angle = Math.round((Math.atan2(b, a) * 180) / Math.PI) + 0
    return [{ text: item.str, x, y, width: item.width * PIXELS_PER_POINT, angle }]
  })
  const words = texts
    .map(({ text }) => text)
    .join(' ')
    .replace(/\s+/g, ' ')
  return { width: viewport.width, height: viewport.height, texts, words }
}

async function findExtras(document: PDFDocumentProxy): Promise<string[]> {
  const { info, metadata } = await document.getMetadata()
  const ownInfo = Object.keys(info).filter((key) => /^[A-Z]/.test(key) && !STRUCTURE.has(key))
  const found: Readonly<Record<string, unknown>> = {
    info: ownInfo.length > 0 ? ownInfo : null,
    form: (info as { IsAcroFormPresent?: boolean }).IsAcroFormPresent || null,
    xfa: (info as { IsXFAPresent?: boolean }).IsXFAPresent || null,
    xmp: metadata,
    'open action': await document.getOpenAction(),
    scripts: await document.getJSActions(),
    attachments: await document.getAttachments(),
    fields: await document.getFieldObjects(),
    outline: await document.getOutline(),
    annotations: await findOnPages(document, 'getAnnotations'),
    'page scripts': await findOnPages(document, 'getJSActions'),
  }
  return Object.entries(found)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name]) => name)
}

/** What pdf.js says of the file itself among what the file says of itself. */
const STRUCTURE: ReadonlySet<string> = new Set([
  'PDFFormatVersion',
  'Language',
  'EncryptFilterName',
  'IsLinearized',
  'IsAcroFormPresent',
  'IsXFAPresent',
  'IsCollectionPresent',
  'IsSignaturesPresent',
])

async function findOnPages(document: PDFDocumentProxy, ask: 'getAnnotations' | 'getJSActions') {
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number)
    const found: object | null = await page[ask]()
    if (found !== null && Object.keys(found).length > 0) return found
  }
  return null
}
