import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { difficultPdfs } from '../../test/support/difficult-pdfs.ts'
import { openTestEngine } from '../../test/support/engine.ts'
import { makePdf, succeeded, testLimits } from '../../test/support/pdfs.ts'
import { extractPages, inspectPdf, rasterizeDocument } from './engine.ts'
import type { PageOutcome } from './tasks.ts'

const { folder, outputDirectory, pool } = openTestEngine()

const read = (path: string, dpi = 40) =>
  rasterizeDocument(pool, { path, outputDirectory, limits: testLimits, dpi })

function sightOf(page: PageOutcome): string {
  if ('failed' in page) return page.failed
  if (page.pathReason === 'uncropped') return 'uncropped'
  const kinds = page.flags.map(({ kind }) => kind)
  return kinds.find((kind) => kind === 'blank' || kind === 'renders-empty') ?? 'ink'
}

/** Whether there is anything but one colour in the images of pages, by their shape: the copy's are as large. */
async function describeAll(pages: readonly PageOutcome[]): Promise<unknown[]> {
  const shapes: unknown[] = []
  for (const { full } of succeeded(pages)) {
    const { channels } = await sharp(readFileSync(full.path)).stats()
    const isFlat = channels.every(({ stdev }) => stdev < 0.5)
    shapes.push([isFlat, Math.round((10 * full.widthPx) / full.heightPx)])
  }
  return shapes
}

/** Print alone shows it; it is no fault that a copy that is printed shows it, too. */
const onlyOnPaper: ReadonlySet<string> = new Set(['a stamp for paper only'])

test.each(difficultPdfs)(
  'of $name each page is seen, flagged or refused, and the copy made of them shows the same',
  async ({ name, make, pages }) => {
    const path = folder.write('difficult.pdf', make())
    expect(await inspectPdf(pool, { path, limits: testLimits })).toMatchObject({ pageCount: pages.length })
    const outcomes = await read(path)
    expect(outcomes.map(sightOf)).toEqual(pages)
    const seen = await describeAll(outcomes)
    const copy = join(folder.path, 'copy.pdf')
    const kept = succeeded(outcomes).map(({ pageIndex }) => ({ path, pageIndex, turn: 0 as const }))
    await extractPages(pool, { pages: kept, outputPath: copy })
    const shown = await describeAll(await read(copy))
    expect(onlyOnPaper.has(name) || shown).toEqual(onlyOnPaper.has(name) || seen)
  },
)

test('a page shown whole says so, and is as large as its paper', async () => {
  const cropBox = [0, 0, 595, 200] as const
  const pdf = makePdf([{ contents: '0 g 100 300 300 300 re f', cropBox: [...cropBox] }])
  const [page] = succeeded(await read(folder.write('cropped.pdf', pdf), 72))
  expect(page).toMatchObject({
    path: 'rendered',
    pathReason: 'uncropped',
    flags: [{ kind: 'outside-crop', confidence: 1 }],
    full: { widthPx: 595, heightPx: 842 },
  })
})

/** An image with fewer rows than it says, of which the engine warns in the same words each time. */
test('of two pages with the same damage the second is told like the first', async () => {
  const damaged = { contents: 'q 595 0 0 842 0 0 cm /X Do Q' }
  const pdf = makePdf([damaged, damaged], (document) => {
    for (const index of [0, 1]) {
      const size = { Width: 800, Height: 1_000 + index, BitsPerComponent: 8, ColorSpace: 'DeviceGray' }
      const X = document.addStream(Buffer.alloc(9_000), { Type: 'XObject', Subtype: 'Image', ...size })
      document.findPage(index).put('Resources', { XObject: { X } })
    }
  })
  expect((await read(folder.write('damaged.pdf', pdf))).map(sightOf)).toEqual([
    'renders-empty',
    'renders-empty',
  ])
})
