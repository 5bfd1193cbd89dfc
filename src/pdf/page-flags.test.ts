import sharp from 'sharp'
import { expect, test } from 'vitest'
import { makeCodedScan } from '../../test/support/coded-scans.ts'
import { openTestEngine } from '../../test/support/engine.ts'
import { makePdf, succeeded, testLimits, textPage } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import { PAGE_FLAGS, type PageFlag, type RasterizeTask } from './tasks.ts'

const { folder, outputDirectory, pool } = openTestEngine()

/** A4 at 150 dpi. */
const [widthPx, heightPx] = [1240, 1754]

type Sheet = {
  readonly paper?: string
  readonly ink?: string
  readonly isWritten?: boolean
  /** Lines that run out of the picture on the right. */
  readonly isCut?: boolean
  readonly turn?: 0 | 90 | 180
  readonly dpi?: number
  readonly code?: string
}

/** Lines of strokes from a common margin, of different lengths, as handwriting has them. */
function drawWriting({ ink = '#223', isCut = false }: Sheet): string {
  const lines = Array.from({ length: 24 }, (_, line) => {
    const words = isCut ? 16 : 4 + ((line * 7) % 9)
    const strokes = Array.from({ length: words }, (_, word) => {
      const bends = Array.from({ length: 5 }, (_, bend) => `q 6 ${((bend + word) % 3) * 9 - 16} 12 0`)
      return `M${100 + word * 76} ${220 + line * 58} ${bends.join(' ')}`
    })
    // A stroke over the edge itself, as of a word that went on.
    const beyond = isCut ? `M1190 ${220 + line * 58} l 60 -9` : ''
    return `${strokes.join(' ')} ${beyond}`
  })
  return `<path d="${lines.join(' ')}" fill="none" stroke="${ink}" stroke-width="6"/>`
}

async function makeSheet(sheet: Sheet): Promise<Uint8Array> {
  const { paper = '#f4f2ec', isWritten = true, turn = 0, dpi = 150 } = sheet
  const drawing = isWritten ? drawWriting(sheet) : ''
  const svg = Buffer.from(`<svg width="${widthPx}" height="${heightPx}">${drawing}</svg>`)
  const flat = await sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: paper } })
    .composite([{ input: svg }])
    .png()
    .toBuffer()
  const turned = await sharp(flat).rotate(turn).png().toBuffer()
  const { data, info } = await sharp(turned)
    .resize({ width: Math.round(((turn === 90 ? heightPx : widthPx) * dpi) / 150) })
    .toColourspace('b-w')
    .jpeg({ quality: 80 })
    .toBuffer({ resolveWithObject: true })
  const [across, down] = turn === 90 ? [842, 595] : [595, 842]
  const contents = `q ${across} 0 0 ${down} 0 0 cm /Scan Do Q`
  return makePdf([{ contents, mediaBox: [0, 0, across, down] }], (document) => {
    const image = document.addRawStream(data, {
      Type: 'XObject',
      Subtype: 'Image',
      Width: info.width,
      Height: info.height,
      ColorSpace: 'DeviceGray',
      BitsPerComponent: 8,
      Filter: 'DCTDecode',
    })
    document.findPage(0).put('Resources', { XObject: { Scan: image } })
  })
}

async function flagsOf(pdf: Uint8Array, more: Partial<RasterizeTask> = {}): Promise<PageFlag['kind'][]> {
  const path = folder.write('sheet.pdf', pdf)
  const [page] = succeeded(
    await rasterizeDocument(pool, { path, outputDirectory, limits: testLimits, ...more }),
  )
  if (page === undefined) throw new Error('the page failed')
  return page.flags.map(({ kind }) => kind)
}

const withCode = async () => (await makeCodedScan({ seed: 2, copies: 1, pagesPerCopy: 1 })).pdf
const unseen = () => makePdf([{ contents: '3 Tr BT /F1 24 Tf 72 700 Td (unseen) Tj ET' }])

const raised: Readonly<Record<PageFlag['kind'], () => Promise<PageFlag['kind'][]>>> = {
  blank: async () => flagsOf(await makeSheet({ isWritten: false })),
  'renders-empty': () => flagsOf(unseen()),
  'outside-crop': () => flagsOf(makePdf([{ ...textPage('Exercice 1'), cropBox: [0, 0, 595, 400] }])),
  'upside-down': async () => flagsOf(await makeSheet({ turn: 180 })),
  sideways: async () => flagsOf(await makeSheet({ turn: 90 })),
  'low-resolution': async () => flagsOf(await makeSheet({ dpi: 110 })),
  'too-dark': async () => flagsOf(await makeSheet({ paper: '#666', ink: '#000' })),
  'too-light': async () => flagsOf(await makeSheet({ paper: '#fff', ink: '#c4c4c4' })),
  'cut-edge': async () => flagsOf(await makeSheet({ isCut: true })),
  'foreign-code': async () => {
    const kinds = await flagsOf(await withCode(), { codePattern: 'exam/{copy}' })
    // Made at 100 dpi.
    return kinds.filter((kind) => kind !== 'low-resolution')
  },
}

test('a written sheet as it should be raises no flag', async () => {
  expect(await flagsOf(await makeSheet({}))).toEqual([])
})

test.each(PAGE_FLAGS)('a page that is %s says so, and nothing else', async (kind) => {
  expect(await raised[kind]()).toEqual([kind])
})
