import { deflateSync } from 'node:zlib'
import type { PDFObject } from 'mupdf'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { openTestEngine } from '../../test/support/engine.ts'
import { makePdf, succeeded, testLimits } from '../../test/support/pdfs.ts'
import { cropBitmap, encodePng, halveBitmap, joinBitmaps, pack, turnBitmap, unpack } from './bitmap.ts'
import { rasterizeDocument } from './engine.ts'
import { cropRaster } from './raster.ts'
import type { RasterizedPage } from './tasks.ts'

const { folder, outputDirectory, pool } = openTestEngine()

/** White, with a black block in the top left corner; a width that does not fill its last byte. */
const [width, height] = [1241, 1754]
const pixels = Buffer.from(
  Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return x > 99 && x < 360 && y > 140 && y < 230 ? 0 : 255
  }),
)
const bitmap = pack({ data: pixels, width, height, channels: 1 })

/** Rows from one to another, as an image of the PDF. */
function rowsOf(from: number, to: number): Buffer {
  const rowBytes = Math.ceil(width / 8)
  return deflateSync(bitmap.bits.subarray(from * rowBytes, to * rowBytes))
}

type Strip = readonly [from: number, to: number]

async function read(
  strips: readonly Strip[],
  change: (image: PDFObject, page: PDFObject) => void = () => undefined,
): Promise<RasterizedPage> {
  const scale = 842 / height
  const contents = strips
    .map(([from, to], i) => `q 595 0 0 ${(to - from) * scale} 0 ${842 - to * scale} cm /S${i} Do Q`)
    .join(' ')
  const pdf = makePdf([{ contents }], (document) => {
    const images = strips.map(([from, to]) =>
      document.addRawStream(rowsOf(from, to), {
        Type: 'XObject',
        Subtype: 'Image',
        Width: width,
        Height: to - from,
        ColorSpace: 'DeviceGray',
        BitsPerComponent: 1,
        Filter: 'FlateDecode',
      }),
    )
    const page = document.findPage(0)
    page.put('Resources', { XObject: Object.fromEntries(images.map((image, i) => [`S${i}`, image])) })
    for (const image of images) change(image, page)
  })
  const path = folder.write('fax.pdf', pdf)
  const [page] = succeeded(await rasterizeDocument(pool, { path, outputDirectory, limits: testLimits }))
  if (page === undefined) throw new Error('the page failed')
  return page
}

const greyOf = (path: string) => sharp(path).greyscale().raw().toBuffer()

test('packing and unpacking lose nothing, and a PNG of one bit a pixel is read by others', async () => {
  expect(unpack(bitmap).data.equals(pixels)).toBe(true)
  const png = encodePng(bitmap)
  expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width, height, channels: 1 })
  expect((await sharp(png).greyscale().raw().toBuffer()).equals(pixels)).toBe(true)
})

test('bitmaps are joined, cut, turned and halved as their pixels would be', async () => {
  const halves = [0, 877].map((top) => cropBitmap(bitmap, { left: 0, top, width, height: 877 }))
  expect(unpack(joinBitmaps(halves)).data.equals(pixels)).toBe(true)
  const box = { left: 101, top: 141, width: 1003, height: 99 }
  const cut = await cropRaster(unpack(bitmap), box)
  expect(unpack(cropBitmap(bitmap, box)).data.equals(cut.data)).toBe(true)
  const turned = turnBitmap(turnBitmap(bitmap, 90), 270)
  expect(turned.bits.equals(bitmap.bits)).toBe(true)
  const half = halveBitmap(bitmap)
  const at = (x: number, y: number) => half.data[y * half.width + x]
  expect([half.width, half.height]).toEqual([620, 877])
  expect([at(49, 71), at(50, 70), at(50, 71), at(179, 114), at(180, 71)]).toEqual([255, 128, 0, 0, 255])
})

test('a black-and-white scan keeps its pixels, one bit each', async () => {
  const page = await read([[0, height]])
  expect(page).toMatchObject({ path: 'bilevel', pathReason: 'only-image', full: { mediaType: 'image/png' } })
  expect((await greyOf(page.full.path)).equals(pixels)).toBe(true)
})

test('a stencil and turned-over bits come out as they are displayed', async () => {
  const stencil = await read([[0, height]], (image) => {
    image.delete('ColorSpace')
    image.put('ImageMask', true)
  })
  expect(stencil.path).toBe('bilevel')
  expect((await greyOf(stencil.full.path)).equals(pixels)).toBe(true)
  const reversed = await read([[0, height]], (image) => void image.put('Decode', [1, 0]))
  const turnedOver = Buffer.from(pixels.map((value) => 255 - value))
  expect(reversed.path).toBe('bilevel')
  expect((await greyOf(reversed.full.path)).equals(turnedOver)).toBe(true)
})

test('a page cut in strips is put together again, in whatever order they come', async () => {
  const page = await read([
    [1000, height],
    [0, 400],
    [400, 1000],
  ])
  expect(page).toMatchObject({ path: 'strips', pathReason: 'only-image', full: { mediaType: 'image/png' } })
  expect((await greyOf(page.full.path)).equals(pixels)).toBe(true)
})

test('strips with a gap are drawn', async () => {
  expect(await read([[0, 400], [500, height]])).toMatchObject({ path: 'rendered', pathReason: 'placed-otherwise' }) // biome-ignore format: a gap
})

test('what a crop box hides does not leave with the page', async () => {
  // The upper half of the sheet, with the mark.
  const page = await read([[0, height]], (_, page) => void page.put('CropBox', [0, 421, 595, 842]))
  expect(page).toMatchObject({ path: 'bilevel', full: { widthPx: width, heightPx: height / 2 } })
  expect((await greyOf(page.full.path)).equals(pixels.subarray(0, (width * height) / 2))).toBe(true)
})

test('an image with fewer bits than it says is drawn', async () => {
  const page = await read([[0, height]], (image) => void image.put('Width', width + 8))
  expect(page).toMatchObject({ path: 'rendered', pathReason: 'undecodable' })
})
