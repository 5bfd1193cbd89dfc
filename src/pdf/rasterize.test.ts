import { existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { corpusPath } from '../../test/support/corpus.ts'
import { codeOf, makePdf, makeTestFolder, testLimits, textPage } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'
import { makeSampleScan } from './sample-scan.ts'
import type { RasterizedPage } from './tasks.ts'

const folder = makeTestFolder()
const outputDirectory = join(folder.path, 'pages')
mkdirSync(outputDirectory)
const pool = createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })
const rasterize = (path: string, more: { readonly pageIndexes?: number[]; readonly dpi?: number } = {}) =>
  rasterizeDocument(pool, { path, outputDirectory, limits: testLimits, ...more })

afterAll(async () => {
  await pool.close()
  folder.remove()
})

test('each page becomes three images, and is heard of as soon as they exist', async () => {
  const path = folder.write('scan.pdf', await makeSampleScan({ seed: 1, copies: 1, pagesPerCopy: 2 }))
  const heard: RasterizedPage[] = []
  const pages = await rasterizeDocument(
    pool,
    { path, outputDirectory, limits: testLimits },
    { onPage: (page) => heard.push({ ...page, isBlank: !existsSync(page.thumbnail.path) }) },
  )
  expect(heard).toEqual(pages)
  for (const page of pages) {
    expect(page).toMatchObject({ isBlank: false, rendersEmpty: false })
    expect(page.full).toMatchObject({ mediaType: 'image/jpeg', widthPx: 1654, heightPx: 2339 })
    expect(page.screen).toMatchObject({ mediaType: 'image/webp', widthPx: 1240 })
    expect(page.thumbnail).toMatchObject({ mediaType: 'image/webp', widthPx: 240 })
    for (const image of [page.full, page.screen, page.thumbnail]) {
      const { width, height, format } = await sharp(image.path).metadata()
      expect([width, height, `image/${format}`]).toEqual([image.widthPx, image.heightPx, image.mediaType])
      expect(statSync(image.path).size).toBe(image.sizeBytes)
    }
  }
})

test('a turned and cropped page comes out upright', async () => {
  // A black square in the top left corner of what is displayed.
  const contents = '0 g 100 100 50 50 re f'
  const page = { contents, mediaBox: [0, 0, 600, 800], cropBox: [100, 100, 500, 700], rotate: 90 } as const
  const [result] = await rasterize(folder.write('turned.pdf', makePdf([page as never])), { dpi: 72 })
  expect(result?.full).toMatchObject({ widthPx: 600, heightPx: 400 })
  const shade = async (left: number, top: number) => {
    const corner = sharp(result?.full.path).extract({ left, top, width: 20, height: 20 }).greyscale()
    const pixels = await corner.raw().toBuffer()
    return pixels.reduce((sum, value) => sum + value, 0) / pixels.length
  }
  expect(await shade(10, 10)).toBeLessThan(40)
  for (const [x, y] of [[570, 10], [10, 370], [570, 370]] as const) expect(await shade(x, y)).toBeGreaterThan(240) // biome-ignore format: corners
})

test('only the pages asked for are rendered', async () => {
  const path = folder.write('three.pdf', makePdf([textPage('one'), textPage('two'), textPage('three')]))
  expect((await rasterize(path, { pageIndexes: [2, 0] })).map(({ pageIndex }) => pageIndex)).toEqual([2, 0])
  expect(await codeOf(rasterize(path, { pageIndexes: [3] }))).toBe('no-pages')
})

test('bare paper is blank; a page that hides its contents is not called blank but flagged', async () => {
  const path = folder.write(
    'blank.pdf',
    makePdf([
      {},
      { contents: '1 g 0 0 595 842 re f' },
      { contents: '3 Tr BT /F1 24 Tf 72 700 Td (unseen) Tj ET' },
      textPage('x'),
    ]),
  )
  expect((await rasterize(path)).map(({ isBlank, rendersEmpty }) => [isBlank, rendersEmpty])).toEqual([
    [true, false],
    [true, false],
    [false, true],
    [false, false],
  ])
})

test('a page without resources is read like any other', async () => {
  const path = folder.write(
    'bare.pdf',
    makePdf([{ contents: '0 0 9 9 re f' }, { contents: '/X Do' }], (document) => {
      for (const index of [0, 1]) document.findPage(index).delete('Resources')
    }),
  )
  expect(await rasterize(path)).toHaveLength(2)
})

test('an empty sheet on the glass is blank in spite of grain and shadow', async () => {
  const grain = sharp({
    create: {
      width: 1240,
      height: 1754,
      channels: 3,
      background: '#efece4',
      noise: { type: 'gaussian', mean: 236, sigma: 6 },
    },
  })
  const jpeg = await grain.greyscale().toColourspace('b-w').jpeg({ quality: 75 }).toBuffer()
  const path = folder.write(
    'sheet.pdf',
    makePdf([{ contents: 'q 595 0 0 842 0 0 cm /I Do Q' }], (document) => {
      const image = { Type: 'XObject', Subtype: 'Image', Width: 1240, Height: 1754 }
      const rest = { ColorSpace: 'DeviceGray', BitsPerComponent: 8, Filter: 'DCTDecode' }
      const scan = document.addRawStream(jpeg, { ...image, ...rest })
      document.findPage(0).put('Resources', { XObject: { I: scan } })
    }),
  )
  expect(await rasterize(path)).toMatchObject([{ isBlank: true, rendersEmpty: false }])
})

test.runIf(existsSync(corpusPath()))(
  'real scans in grey JPEG, JBIG2, CCITT and turned colour are readable',
  async () => {
    for (const name of [
      'markus/midterm_scan_100.pdf',
      'markus/midterm_scan_102.pdf',
      'submitty/01_qr_six_6page_scan.pdf',
      'submitty/01_qr_six_6page_colorscan.pdf',
    ]) {
      const [page] = await rasterize(corpusPath(name), { pageIndexes: [0] })
      expect(page, name).toMatchObject({
        isBlank: false,
        rendersEmpty: false,
        screen: { widthPx: 1240 },
      })
    }
  },
)

test.skipIf(!existsSync('/dev/full')).each(['full.jpg', 'screen.webp', 'thumbnail.webp'])(
  'a disk without room for %s is neither the fault of the document nor of the engine',
  async (name) => {
    const path = folder.write('written.pdf', makePdf([textPage('Bonjour')]))
    const directory = join(folder.path, `no-room-for-${name}`)
    mkdirSync(directory)
    symlinkSync('/dev/full', join(directory, `page-0001-${name}`))
    const work = rasterizeDocument(pool, { path, outputDirectory: directory, limits: testLimits })
    expect(await codeOf(work)).toBe('storage-full')
  },
)
