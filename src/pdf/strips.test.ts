import type { PDFDocument, PDFObject } from 'mupdf'
import sharp, { type Region } from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { openTestEngine } from '../../test/support/engine.ts'
import { makePdf, succeeded, testLimits } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import type { RasterizedPage } from './tasks.ts'

/** A scan that an office scanner cut in several JPEGs, one under the other. */

const { folder, outputDirectory, pool } = openTestEngine()

const [widthPx, heightPx] = [1240, 1754]
const tops = [0, 500, 1200, heightPx]
let sheet: Buffer
let strips: Buffer[]
beforeAll(async () => {
  const mark =
    '<svg width="1240" height="1754"><rect x="99" y="140" width="260" height="590" fill="#223"/></svg>'
  sheet = await sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#e8e4da' } })
    .composite([{ input: Buffer.from(mark) }])
    .png()
    .toBuffer()
  strips = await Promise.all(
    tops.slice(1).map((bottom, index) => {
      const top = tops[index] ?? 0
      const box = { left: 0, top, width: widthPx, height: bottom - top }
      return sharp(sheet).extract(box).jpeg({ quality: 90 }).toBuffer()
    }),
  )
})

/** Each strip where it belongs, in points of a page that is 842 high before it is turned. */
const places = tops.slice(1).map((bottom, index) => {
  const [top, scale] = [tops[index] ?? 0, 842 / heightPx]
  return `q 595 0 0 ${(bottom - top) * scale} 0 ${842 - bottom * scale} cm /S${index} Do Q`
})

type Case = {
  readonly contents?: string
  readonly change?: (page: PDFObject, images: readonly PDFObject[], document: PDFDocument) => void
}

async function read({ contents = places.join(' '), change }: Case): Promise<RasterizedPage> {
  const pdf = makePdf([{ contents }], (document) => {
    const images = strips.map((bytes, index) =>
      document.addRawStream(bytes, {
        Type: 'XObject',
        Subtype: 'Image',
        Width: widthPx,
        Height: (tops[index + 1] ?? 0) - (tops[index] ?? 0),
        ColorSpace: 'DeviceRGB',
        BitsPerComponent: 8,
        Filter: 'DCTDecode',
      }),
    )
    const font = { Type: 'Font', Subtype: 'Type1', BaseFont: 'Helvetica' }
    const page = document.findPage(0)
    page.put('Resources', {
      Font: { F1: font },
      XObject: Object.fromEntries(images.map((image, i) => [`S${i}`, image])),
    })
    change?.(page, images, document)
  })
  const path = folder.write('strips.pdf', pdf)
  const [page] = succeeded(await rasterizeDocument(pool, { path, outputDirectory, limits: testLimits }))
  if (page === undefined) throw new Error('the page failed')
  return page
}

/** Mean difference of the full image from the sheet, or a part of it, turned clockwise; in grey levels. */
async function differenceFrom(page: RasterizedPage, turn = 0, part?: Region): Promise<number> {
  const cut = part === undefined ? sheet : await sharp(sheet).extract(part).png().toBuffer()
  const [one, other] = await Promise.all([
    sharp(page.full.path).greyscale().raw().toBuffer(),
    sharp(await sharp(cut).rotate(turn).png().toBuffer())
      .greyscale()
      .raw()
      .toBuffer(),
  ])
  expect(one.length).toBe(other.length)
  return one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length
}

test('JPEGs that make a page together are put together, in whatever order they are drawn', async () => {
  for (const contents of [places.join(' '), places.toReversed().join(' ')]) {
    const page = await read({ contents })
    expect(page).toMatchObject({ path: 'strips', pathReason: 'only-image', dpi: 150 })
    expect(await differenceFrom(page)).toBeLessThan(2)
  }
})

test('words that were recognized on them and nobody sees change nothing', async () => {
  const contents = `${places.join(' ')} BT 3 Tr /F1 9 Tf 72 700 Td (recognized) Tj ET`
  const page = await read({ contents })
  expect(page).toMatchObject({ path: 'strips', pathReason: 'hidden-text' })
  expect(await differenceFrom(page)).toBeLessThan(2)
})

test.each([90, 180, 270] as const)(
  'a page turned by its own Rotate %i is put together upright',
  async (turn) => {
    const page = await read({ change: (dictionary) => void dictionary.put('Rotate', turn) })
    expect(page).toMatchObject({ path: 'strips', turn: 0 })
    expect(await differenceFrom(page, turn)).toBeLessThan(2)
  },
)

test('what a crop box hides does not leave with the page', async () => {
  const page = await read({ change: (dictionary) => void dictionary.put('CropBox', [0, 421, 595, 842]) })
  expect(page).toMatchObject({ path: 'strips', full: { widthPx, heightPx: heightPx / 2 } })
  const upper = { left: 0, top: 0, width: widthPx, height: heightPx / 2 }
  expect(await differenceFrom(page, 0, upper)).toBeLessThan(2)
})

test.each<[string, string, Case]>([
  ['a strip that is missing', 'placed-otherwise', { contents: [places[0], places[2]].join(' ') }],
  [
    'a strip that is drawn twice, elsewhere',
    'placed-otherwise',
    { contents: `${places.join(' ')} q 595 0 0 90 0 0 cm /S0 Do Q` },
  ],
  ['a line over them', 'drawn', { contents: `${places.join(' ')} 0 0 m 9 9 l S` }],
  [
    'one strip in other colours',
    'colours',
    { change: (_, [image]) => void image?.put('ColorSpace', 'DeviceCMYK') },
  ],
  [
    'one strip with a mask',
    'masked',
    { change: (_, [, image]) => void image?.put('Mask', [0, 9, 0, 9, 0, 9]) },
  ],
  [
    'one strip in another coding',
    'coding',
    { change: (_, [, , image]) => void image?.put('Filter', 'JPXDecode') },
  ],
])('a page with %s is drawn: %s', async (_, pathReason, variant) => {
  expect(await read(variant)).toMatchObject({ path: 'rendered', pathReason })
})

test('a colour profile of a strip that changes colours means that the page is drawn; the screen’s own does not', async () => {
  for (const [name, expected] of [
    ['srgb', { path: 'strips' }],
    ['p3', { path: 'rendered', pathReason: 'colours' }],
  ] as const) {
    const profiled = await sharp(sheet).withIccProfile(name).jpeg().toBuffer()
    const { icc } = await sharp(profiled).metadata()
    if (icc === undefined) throw new Error('no profile')
    const change: Case['change'] = (_, images, document) => {
      const space = ['ICCBased', document.addStream(icc, { N: 3 })] as const
      for (const image of images) image.put('ColorSpace', [...space])
    }
    expect([name, await read({ change })]).toEqual([name, expect.objectContaining(expected)])
  }
})
