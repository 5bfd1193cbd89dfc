import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PDFDocument, PDFObject, Rotate } from 'mupdf'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makePdf, makeTestFolder, testLimits } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'

const folder = makeTestFolder()
const outputDirectory = join(folder.path, 'pages')
mkdirSync(outputDirectory)
const pool = createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })

afterAll(async () => {
  await pool.close()
  folder.remove()
})

const [widthPx, heightPx] = [992, 1403]
const paper = sharp({
  create: { width: widthPx, height: heightPx, channels: 3, background: '#e8e4da' },
}).composite([
  {
    input: Buffer.from(
      '<svg width="992" height="1403"><rect x="99" y="140" width="200" height="70" fill="#223"/></svg>',
    ),
  },
])
let jpeg: Buffer
beforeAll(async () => {
  jpeg = await paper.jpeg({ quality: 80 }).toBuffer()
})

type Case = {
  readonly bytes?: Buffer
  readonly contents?: string
  readonly rotate?: Rotate
  readonly change?: (page: PDFObject, image: PDFObject, document: PDFDocument) => void
}

/** Whether the full image of a page that shows a JPEG is that very JPEG. */
async function isKept({ bytes = jpeg, contents, rotate, change }: Case, keepScans = true): Promise<boolean> {
  const page = { contents: contents ?? 'q 595 0 0 842 0 0 cm /Scan Do Q', rotate: rotate ?? 0 }
  const pdf = makePdf([page], (document) => {
    const image = document.addRawStream(bytes, {
      Type: 'XObject',
      Subtype: 'Image',
      Width: widthPx,
      Height: heightPx,
      ColorSpace: 'DeviceRGB',
      BitsPerComponent: 8,
      Filter: 'DCTDecode',
    })
    document.findPage(0).put('Resources', { XObject: { Scan: image } })
    change?.(document.findPage(0), image, document)
  })
  const path = folder.write('scan.pdf', pdf)
  const [result] = await rasterizeDocument(pool, { path, outputDirectory, limits: testLimits, keepScans })
  expect(result).toMatchObject({
    isBlank: false,
    screen: { mediaType: 'image/webp' },
    thumbnail: { widthPx: 240 },
  })
  return readFileSync(result?.full.path ?? '').equals(bytes)
}

test('a page that is one plain JPEG keeps it, byte for byte, with smaller images made from it', async () => {
  expect(await isKept({})).toBe(true)
  expect(await isKept({ contents: '594.6 0 0 842.2 .2 0 cm\n/Scan Do' })).toBe(true)
})

test('a page that must not show its old pixels is always encoded anew', async () => {
  expect(await isKept({}, false)).toBe(false)
})

test.each<[string, Case]>([
  ['something drawn over the image', { contents: 'q 595 0 0 842 0 0 cm /Scan Do Q 0 0 9 9 re f' }],
  ['an image that leaves a border', { contents: 'q 580 0 0 820 7 11 cm /Scan Do Q' }],
  ['an image upside down', { contents: 'q -595 0 0 -842 595 842 cm /Scan Do Q' }],
  ['a mirrored image', { contents: 'q -595 0 0 842 595 0 cm /Scan Do Q' }],
  ['a turned page', { rotate: 180 }],
  ['a cropped page', { change: (page) => void page.put('CropBox', [50, 100, 500, 800]) }],
  ['reversed colours', { change: (_, image) => void image.put('Decode', [1, 0, 1, 0, 1, 0]) }],
  ['a mask', { change: (_, image) => void image.put('Mask', [0, 9, 0, 9, 0, 9]) }],
  ['a size that is not the JPEG’s', { change: (_, image) => void image.put('Height', heightPx - 1) }],
])('a page with %s is rendered', async (_, variant) => {
  expect(await isKept(variant)).toBe(false)
})

test('a JPEG that carries more than pixels, or fewer than it says, is rendered', async () => {
  const withExif = await paper
    .clone()
    .withExif({ IFD0: { Copyright: 'Jeanne' } })
    .jpeg()
    .toBuffer()
  expect(await isKept({ bytes: withExif })).toBe(false)
  const torn = Buffer.concat([jpeg.subarray(0, Math.floor(jpeg.length * 0.7)), Buffer.from([0xff, 0xd9])])
  expect(await isKept({ bytes: torn })).toBe(false)
})
