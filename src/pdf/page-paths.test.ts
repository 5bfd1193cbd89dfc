import { readFileSync } from 'node:fs'
import type { PDFDocument, PDFObject, Rotate } from 'mupdf'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { openTestEngine } from '../../test/support/engine.ts'
import { makePdf, succeeded, testLimits } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import type { RasterizedPage, Turn } from './tasks.ts'

const { folder, outputDirectory, pool } = openTestEngine()

/** A sheet with a dark mark in its top left corner. */
const [widthPx, heightPx] = [1240, 1754]
const paper = sharp({
  create: { width: widthPx, height: heightPx, channels: 3, background: '#e8e4da' },
}).composite([
  {
    input: Buffer.from(
      '<svg width="1240" height="1754"><rect x="99" y="140" width="260" height="90" fill="#223"/></svg>',
    ),
  },
])
let jpeg: Buffer
beforeAll(async () => {
  jpeg = await paper.jpeg({ quality: 80 }).toBuffer()
})

const wholePage = 'q 595 0 0 842 0 0 cm /Scan Do Q'
const jpegImage = {
  Type: 'XObject',
  Subtype: 'Image',
  Width: widthPx,
  Height: heightPx,
  ColorSpace: 'DeviceRGB',
  BitsPerComponent: 8,
  Filter: 'DCTDecode',
}

type Case = {
  readonly bytes?: Buffer
  readonly contents?: string
  readonly rotate?: Rotate
  readonly change?: (page: PDFObject, image: PDFObject, document: PDFDocument) => void
  readonly keepScans?: boolean
  readonly turn?: Turn
}

async function read(variant: Case): Promise<RasterizedPage> {
  const { bytes = jpeg, contents = wholePage, rotate = 0, change, keepScans = true, turn } = variant
  const pdf = makePdf([{ contents, rotate }], (document) => {
    const image = document.addRawStream(bytes, jpegImage)
    document.findPage(0).put('Resources', { XObject: { Scan: image } })
    change?.(document.findPage(0), image, document)
  })
  const path = folder.write('scan.pdf', pdf)
  const turns = turn === undefined ? {} : { turns: { 0: turn } }
  const task = { path, outputDirectory, limits: testLimits, keepScans, ...turns }
  const [page] = succeeded(await rasterizeDocument(pool, task))
  if (page === undefined) throw new Error('the page failed')
  return page
}

const bytesOf = (page: RasterizedPage) => readFileSync(page.full.path)

test('a page that is one plain JPEG keeps it, byte for byte, with smaller images made from it', async () => {
  const page = await read({})
  expect(page).toMatchObject({ path: 'kept-jpeg', pathReason: 'only-image', flags: [], dpi: 150, turn: 0 })
  expect(bytesOf(page).equals(jpeg)).toBe(true)
  expect(page.screen).toMatchObject({ widthPx: 1240, heightPx: 1754 })
  expect(page.thumbnail.widthPx).toBe(240)
  expect(await read({ contents: '594.6 0 0 842.2 .2 0 cm\n/Scan Do' })).toMatchObject({ path: 'kept-jpeg' })
})

/** Whether the mark is in the top left corner of an image as a viewer shows it, and nowhere else. */
async function isUpright(path: string): Promise<boolean> {
  const { data, info } = await sharp(path)
    .autoOrient()
    .resize({ width: 100 })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const isDark = (x: number, y: number) =>
    (data[Math.round(y * info.height) * info.width + Math.round(x * info.width)] ?? 255) < 100
  const corners = [isDark(0.18, 0.1), isDark(0.82, 0.1), isDark(0.18, 0.9), isDark(0.82, 0.9)]
  return info.height > info.width && corners.join() === 'true,false,false,false'
}

/** Where the image lies so that, once the page is turned by its Rotate, it stands upright. */
const placements: Readonly<Record<90 | 180 | 270, string>> = {
  90: 'q 0 595 -842 0 842 0 cm /Scan Do Q',
  180: 'q -595 0 0 -842 595 842 cm /Scan Do Q',
  270: 'q 0 -595 842 0 0 595 cm /Scan Do Q',
}

test.each([90, 180, 270] as const)(
  'a sheet scanned askew and turned back by the page’s own Rotate %i keeps its bytes and is shown upright',
  async (rotate) => {
    const box = rotate === 180 ? [0, 0, 595, 842] : [0, 0, 842, 595]
    const change = (page: PDFObject) => void page.put('MediaBox', box)
    const page = await read({ contents: placements[rotate], rotate, change })
    expect(page).toMatchObject({ path: 'kept-jpeg', turn: 0 })
    expect(bytesOf(page).equals(jpeg)).toBe(true)
  },
)

test.each([90, 180, 270] as const)(
  'a page that a person turned by %i keeps the scanner’s pixels behind a note for the viewer',
  async (turn) => {
    const turned = await sharp(jpeg)
      .rotate(360 - turn)
      .jpeg()
      .toBuffer({ resolveWithObject: true })
    const change = (page: PDFObject, image: PDFObject) => {
      const [width, height] = turn === 180 ? [595, 842] : [842, 595]
      page.put('MediaBox', [0, 0, width, height])
      image.put('Width', turned.info.width)
      image.put('Height', turned.info.height)
    }
    const contents = turn === 180 ? wholePage : 'q 842 0 0 595 0 0 cm /Scan Do Q'
    const page = await read({ bytes: turned.data, contents, change, turn })
    expect(page).toMatchObject({ path: 'kept-jpeg', turn, full: { widthPx, heightPx } })
    expect(
      bytesOf(page)
        .subarray(-turned.data.length + 2)
        .equals(turned.data.subarray(2)),
    ).toBe(true)
    for (const image of [page.full, page.screen, page.thumbnail]) {
      expect([image.path, await isUpright(image.path)]).toEqual([image.path, true])
      const { autoOrient } = await sharp(image.path).metadata()
      expect([autoOrient.width, autoOrient.height]).toEqual([image.widthPx, image.heightPx])
    }
  },
)

const font = { Type: 'Font', Subtype: 'Type1', BaseFont: 'Helvetica' }
const withFont = (page: PDFObject, image: PDFObject) =>
  void page.put('Resources', { XObject: { Scan: image }, Font: { F1: font } })

test.each<[string, Case]>([
  [
    'in the page',
    { contents: `${wholePage} BT 3 Tr /F1 9 Tf 72 700 Td (recognized) Tj ET`, change: withFont },
  ],
  [
    'in a form',
    {
      contents: `${wholePage} q 1 0 0 1 0 0 cm /Words Do Q`,
      change: (page, image, document) => {
        const form = {
          Type: 'XObject',
          Subtype: 'Form',
          BBox: [0, 0, 595, 842],
          Resources: { Font: { F1: font } },
        }
        const words = document.addStream('BT 3 Tr /F1 9 Tf [(recog) -20 (nized)] TJ ET', form)
        page.put('Resources', { XObject: { Scan: image, Words: words } })
      },
    },
  ],
])(
  'recognized text that nobody sees, %s, does not keep a scan from keeping its bytes',
  async (_, variant) => {
    const page = await read(variant)
    expect(page).toMatchObject({ path: 'kept-jpeg', pathReason: 'hidden-text' })
    expect(bytesOf(page).equals(jpeg)).toBe(true)
  },
)

test('a window as large as the page, and colours that nothing uses, change nothing', async () => {
  const contents = `0 g q 0 0 595 842 re W n ${wholePage} Q`
  expect(await read({ contents })).toMatchObject({ path: 'kept-jpeg' })
})

test.each<[string, string, Case]>([
  ['something drawn over the image', 'drawn', { contents: `${wholePage} 0 0 9 9 re f` }],
  ['text that is seen', 'drawn', { contents: `${wholePage} BT /F1 9 Tf (seen) Tj ET`, change: withFont }],
  ['a note on it', 'annotated', { change: (page) => void page.put('Annots', [{ Subtype: 'Text' }]) }],
  ['an image that leaves a border', 'placed-otherwise', { contents: 'q 580 0 0 820 7 11 cm /Scan Do Q' }],
  ['a mirrored image', 'placed-otherwise', { contents: 'q -595 0 0 842 595 0 cm /Scan Do Q' }],
  ['an image askew', 'placed-otherwise', { contents: 'q 595 9 -9 842 0 0 cm /Scan Do Q' }],
  ['a window on a part', 'placed-otherwise', { contents: `q 50 50 300 300 re W n ${wholePage} Q` }],
  ['a crop box', 'placed-otherwise', { change: (page) => void page.put('CropBox', [50, 100, 500, 800]) }],
  ['reversed colours', 'masked', { change: (_, image) => void image.put('Decode', [1, 0, 1, 0, 1, 0]) }],
  ['a mask', 'masked', { change: (_, image) => void image.put('Mask', [0, 9, 0, 9, 0, 9]) }],
  [
    'a layer',
    'masked',
    { change: (_, image, document) => void image.put('OC', document.addObject({ Type: 'OCG' })) },
  ],
  [
    'a size that is not the JPEG’s',
    'placed-otherwise',
    { change: (_, image) => void image.put('Height', 900) },
  ],
  ['four colours', 'colours', { change: (_, image) => void image.put('ColorSpace', 'DeviceCMYK') }],
  ['another coding', 'coding', { change: (_, image) => void image.put('Filter', 'JPXDecode') }],
  ['nothing at all', 'empty', { contents: '' }],
  ['what must not leave', 'forbidden', { keepScans: false }],
])('a page with %s is drawn: %s', async (_, pathReason, variant) => {
  expect(await read(variant)).toMatchObject({ path: 'rendered', pathReason })
})

test('a JPEG that carries more than pixels, or fewer than it says, is not kept', async () => {
  const exif = await paper
    .clone()
    .withExif({ IFD0: { Copyright: 'Jeanne' } })
    .jpeg()
    .toBuffer()
  expect(await read({ bytes: exif })).toMatchObject({ path: 'rendered', pathReason: 'odd-jpeg' })
  const torn = Buffer.concat([jpeg.subarray(0, Math.floor(jpeg.length * 0.7)), Buffer.from([0xff, 0xd9])])
  expect(await read({ bytes: torn })).toMatchObject({ path: 'rendered', pathReason: 'undecodable' })
})

test('a colour profile that changes no colour is left out; one that does is drawn', async () => {
  const profile = async (name: string) => {
    const { icc } = await sharp(jpeg)
      .withIccProfile(name)
      .jpeg()
      .toBuffer()
      .then((bytes) => sharp(bytes).metadata())
    if (icc === undefined) throw new Error('no profile')
    return (_: PDFObject, image: PDFObject, document: PDFDocument) =>
      void image.put('ColorSpace', ['ICCBased', document.addStream(icc, { N: 3 })])
  }
  expect(await read({ change: await profile('srgb') })).toMatchObject({ path: 'kept-jpeg' })
  expect(await read({ change: await profile('p3') })).toMatchObject({
    path: 'rendered',
    pathReason: 'colours',
  })
})
