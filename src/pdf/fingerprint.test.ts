import { readFileSync } from 'node:fs'
import * as mupdf from 'mupdf'
import sharp from 'sharp'
import { beforeAll, expect, test } from 'vitest'
import { corpusPath, hasCorpus } from '../../test/support/corpus.ts'
import { findNearDuplicates, fingerprintOf } from './fingerprint.ts'
import { narrow, openRaster, type Raster } from './raster.ts'
import { sampleInk, sampleWidthPx } from './sample-ink.ts'
import { makeSampleScan } from './sample-scan.ts'

/** The pages of a PDF in grey, as wide as a screen shows them. */
async function open(pdf: Uint8Array, pageIndexes: readonly number[]): Promise<Raster[]> {
  const document = new mupdf.PDFDocument(pdf)
  const rasters: Raster[] = []
  for (const index of pageIndexes) {
    const page = document.loadPage(index)
    const scale = mupdf.Matrix.scale(150 / 72, 150 / 72)
    const pixmap = page.toPixmap(scale, mupdf.ColorSpace.DeviceGray, false)
    const [width, height] = [pixmap.getWidth(), pixmap.getHeight()]
    const data = Buffer.from(Uint8Array.from(pixmap.getPixels()))
    rasters.push(await narrow({ data, width, height, channels: 1 }, 1_240))
    for (const thing of [pixmap, page]) thing.destroy()
  }
  document.destroy()
  return rasters
}

/** The same sheet once more through the scanner: askew, moved, a little lighter, with other grain. */
async function scanAgain(raster: Raster, degrees: number, movedPx: number): Promise<Raster> {
  const paper = { r: 240, g: 240, b: 240 }
  const tilted = await openRaster(raster)
    .rotate(degrees, { background: paper })
    .jpeg({ quality: 60 })
    .toBuffer({ resolveWithObject: true })
  const [left, top] = [
    Math.max(0, Math.round((tilted.info.width - raster.width) / 2) + movedPx),
    Math.max(0, Math.round((tilted.info.height - raster.height) / 2) - movedPx),
  ]
  const { width, height } = raster
  const room = { right: width, bottom: height, background: paper }
  const padded = await sharp(tilted.data).extend(room).toBuffer()
  const cut = sharp(padded)
    .extract({ left, top, width, height })
    .linear(0.97, 6)
    .greyscale()
    .toColourspace('b-w')
  return { data: await cut.raw().toBuffer(), width, height, channels: 1 }
}

const print = async (raster: Raster) => fingerprintOf(sampleInk(await narrow(raster, sampleWidthPx), raster))
const listed = (fingerprints: readonly string[]) =>
  findNearDuplicates(fingerprints.map((fingerprint, pageIndex) => ({ pageIndex, fingerprint })))

let written: Raster[]
beforeAll(async () => {
  written = await open(await makeSampleScan({ seed: 9, copies: 2, pagesPerCopy: 2 }), [0, 1, 2, 3])
})

test('a written page that is scanned twice is found among the others', async () => {
  const again = await scanAgain(written[1] as Raster, 0.4, 4)
  const pairs = listed(await Promise.all([...written, again].map(print)))
  expect(pairs.map(({ first, second }) => [first, second])).toEqual([[1, 4]])
  expect(pairs[0]?.confidence).toBeGreaterThan(0.5)
})

test('codes decide: the same code makes a likely pair, another one makes none', async () => {
  const [one, again] = [
    await print(written[0] as Raster),
    await print(await scanAgain(written[0] as Raster, 0.3, 3)),
  ]
  const pages = (code: object, other: object) => [
    { pageIndex: 0, fingerprint: one, code },
    { pageIndex: 7, fingerprint: again, code: other },
  ]
  expect(findNearDuplicates(pages({ copy: 'A', page: 1 }, { copy: 'B', page: 1 }))).toEqual([])
  const [pair] = findNearDuplicates(pages({ copy: 'A', page: 1 }, { copy: 'A', page: 1 }))
  expect(pair).toMatchObject({ first: 0, second: 7 })
  expect(pair?.confidence).toBeGreaterThan(0.6)
})

test('blank pages are not called duplicates of each other', async () => {
  const blank: Raster = { data: Buffer.alloc(1240 * 1754, 240), width: 1240, height: 1754, channels: 1 }
  expect(listed([await print(blank), await print(blank)])).toEqual([])
})

test.runIf(hasCorpus)(
  'three pupils’ copies of one real form are no duplicates, scanned twice each is one',
  async () => {
    const pages = await open(readFileSync(corpusPath('correctexam/demo1Copies_masked.pdf')), [0, 1, 2])
    expect(listed(await Promise.all(pages.map(print)))).toEqual([])
    const again = await Promise.all(pages.map((page, index) => scanAgain(page, 0.5 - index * 0.4, 5)))
    const pairs = listed(await Promise.all([...pages, ...again].map(print)))
    expect(pairs.map(({ first, second }) => [first, second])).toEqual([[0, 3], [1, 4], [2, 5]]) // biome-ignore format: pairs
    for (const { confidence } of pairs) expect(confidence).toBeGreaterThan(0.7)
  },
)

test.runIf(hasCorpus)(
  'the empty answer pages of six real copies are printed matter, not duplicates',
  async () => {
    const name = 'submitty/01_qr_six_6page_colorscan.pdf'
    const pages = await open(readFileSync(corpusPath(name)), [1, 2, 3, 7, 8, 9, 13, 14, 15])
    expect(listed(await Promise.all(pages.map(print)))).toEqual([])
    // Two prints of one sheet are all there is to compare: a doubt, no more.
    const [one, other] = await Promise.all(pages.map(print))
    for (const { confidence } of listed([one ?? '', other ?? ''])) expect(confidence).toBeLessThan(0.4)
  },
)
