import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { corpusPath } from '../../test/support/corpus.ts'
import { codeOf, makePdf, makeTestFolder, succeeded, testLimits, textPage } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'
import { makeSampleScan } from './sample-scan.ts'
import type { PageOutcome } from './tasks.ts'

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
  const heard: { page: PageOutcome; isWritten: boolean }[] = []
  const pages = await rasterizeDocument(
    pool,
    { path, outputDirectory, limits: testLimits },
    {
      onPage: (page) =>
        heard.push({ page, isWritten: existsSync(succeeded([page])[0]?.thumbnail.path ?? '') }),
    },
  )
  expect(heard).toEqual(pages.map((page) => ({ page, isWritten: true })))
  for (const page of succeeded(pages)) {
    expect(page.flags).toEqual([])
    expect(page.full).toMatchObject({ mediaType: 'image/jpeg', widthPx: 1654, heightPx: 2339 })
    expect(page.screen).toMatchObject({ mediaType: 'image/jpeg', widthPx: 1654 })
    expect(page.thumbnail).toMatchObject({ mediaType: 'image/jpeg', widthPx: 240 })
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
  const [result] = succeeded(
    await rasterize(folder.write('turned.pdf', makePdf([page as never])), { dpi: 72 }),
  )
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
  expect(succeeded(await rasterize(path)).map(({ flags }) => flags.map(({ kind }) => kind))).toEqual([
    ['blank'],
    ['blank'],
    ['renders-empty'],
    [],
  ])
})

test.each([
  ['a pale ground', '0.95 0.95 1 rg 0 0 595 842 re f', 'blank'],
  ['a white ground that was set before another colour was', 'q 1 g q 0 g Q 0 0 595 842 re f Q', 'blank'],
  ['a black field beside the page', '900 900 90 90 re f', 'renders-empty'],
  ['a black field after a white one', 'q 1 g 0 0 9 9 re f Q 900 900 90 90 re f', 'renders-empty'],
  ['a form with unseen words', '/Words Do', 'renders-empty'],
  ['a form with nothing', '/Nothing Do', 'blank'],
  ['a form that draws itself and nothing else', '/Itself Do', 'blank'],
  ['a form that is not there', '/Missing Do', 'renders-empty'],
] as const)('%s makes an empty page %s', async (_, contents, kind) => {
  const pdf = makePdf([{ contents }], (document) => {
    const form = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 595, 842] }
    const font = document.findPage(0).get('Resources', 'Font')
    const Itself = document.addStream('/Itself Do', form)
    Itself.put('Resources', { XObject: { Itself } })
    const Words = document.addStream('3 Tr BT /F1 24 Tf 72 700 Td (unseen) Tj ET', form)
    Words.put('Resources', { Font: font })
    const XObject = { Words, Itself, Nothing: document.addStream('q Q', form) }
    document.findPage(0).put('Resources', { Font: font, XObject })
  })
  const [page] = succeeded(await rasterize(folder.write('empty.pdf', pdf)))
  expect(page?.flags.map((flag) => flag.kind)).toEqual([kind])
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

/** A page that is one JPEG of grain: the rougher, the heavier. */
async function grainyPage(width: number, sigma: number, channels: 1 | 3): Promise<Uint8Array> {
  const height = Math.round(width * Math.SQRT2)
  const noise = { type: 'gaussian', mean: 236, sigma } as const
  const grain = sharp({ create: { width, height, channels: 3, background: '#efece4', noise } })
  const space = channels === 1 ? 'b-w' : 'srgb'
  const jpeg = await grain.toColourspace(space).jpeg({ quality: 75 }).toBuffer()
  return makePdf([{ contents: 'q 595 0 0 842 0 0 cm /I Do Q' }], (document) => {
    const image = { Type: 'XObject', Subtype: 'Image', Width: width, Height: height, BitsPerComponent: 8 }
    const ColorSpace = channels === 1 ? 'DeviceGray' : 'DeviceRGB'
    const scan = document.addRawStream(jpeg, { ...image, ColorSpace, Filter: 'DCTDecode' })
    document.findPage(0).put('Resources', { XObject: { I: scan } })
  })
}

test.each([
  ['light and hardly wider', 1654, 4, 1, 1654],
  ['heavy', 1654, 60, 3, 1240],
  ['heavy and grey', 1654, 60, 1, 1240],
  ['light and twice as wide', 2550, 4, 1, 2550],
  ['heavy and twice as wide', 2480, 60, 1, 1240],
  ['heavy, twice as wide and a little more', 2550, 60, 1, 1275],
  ['heavy and much wider, in colour', 2550, 60, 3, 1240],
  ['light and wider than any sheet needs', 2700, 4, 1, 1240],
] as const)(
  'the screen shows a scan that is %s at a width that suits it',
  async (_, width, sigma, channels, shown) => {
    const path = folder.write('grain.pdf', await grainyPage(width, sigma, channels))
    const [page] = succeeded(await rasterize(path))
    if (page === undefined) throw new Error('the page failed')
    expect(page).toMatchObject({ path: 'kept-jpeg', full: { widthPx: width }, screen: { widthPx: shown } })
    const [full, screen] = [readFileSync(page.full.path), readFileSync(page.screen.path)]
    expect(screen.equals(full)).toBe(shown === width)
    expect(page.screen.path === page.full.path).toBe(shown === width)
    expect(screen.length).toBeLessThan(700_000)
  },
)

test('an empty sheet on the glass is blank in spite of grain and shadow', async () => {
  const path = folder.write('sheet.pdf', await grainyPage(1240, 6, 1))
  expect(await rasterize(path)).toMatchObject([{ flags: [{ kind: 'blank' }] }])
})

test.runIf(existsSync(corpusPath()))(
  'real scans in grey JPEG, JBIG2, CCITT and turned colour are readable',
  async () => {
    for (const [name, widthPx] of [
      ['markus/midterm_scan_100.pdf', 2550],
      ['markus/midterm_scan_102.pdf', 2550],
      ['submitty/01_qr_six_6page_scan.pdf', 1700],
      ['submitty/01_qr_six_6page_colorscan.pdf', 1700],
    ] as const) {
      const [page] = await rasterize(corpusPath(name), { pageIndexes: [0] })
      expect(page, name).toMatchObject({ screen: { widthPx } })
    }
  },
)

test.skipIf(!existsSync('/dev/full')).each(['full.jpg', 'screen.jpg', 'thumbnail.jpg'])(
  'a disk without room for %s is neither the fault of the document nor of the engine',
  async (name) => {
    const path = folder.write('written.pdf', makePdf([textPage('Bonjour')]))
    const directory = join(folder.path, `no-room-for-${name}`)
    mkdirSync(directory)
    symlinkSync('/dev/full', join(directory, `page-0001-${name}`))
    // So fine that the screen has an image of its own.
    const work = rasterizeDocument(pool, { path, outputDirectory: directory, limits: testLimits, dpi: 360 })
    expect(await codeOf(work)).toBe('storage-full')
  },
)
