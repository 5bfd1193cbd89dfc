import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as mupdf from 'mupdf'
import { afterAll, expect, test } from 'vitest'
import { codeOf, makePdf, makeTestFolder, textPage } from '../../test/support/pdfs.ts'
import { extractPages } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'
import { makeSampleScan } from './sample-scan.ts'

const folder = makeTestFolder()
const pool = createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })
const outputPath = join(folder.path, 'copy.pdf')
const extract = (path: string, pageIndexes: number[]) =>
  extractPages(pool, { pages: pageIndexes.map((pageIndex) => ({ path, pageIndex, turn: 0 })), outputPath })

afterAll(async () => {
  await pool.close()
  folder.remove()
})

/** The raw bytes of the images of each page. */
function scansOf(path: string): string[] {
  const document = new mupdf.PDFDocument(readFileSync(path))
  const scans = Array.from({ length: document.countPages() }, (_, index) => {
    const scan = document.findPage(index).get('Resources', 'XObject', 'Scan')
    return Buffer.from(scan.readRawStream().asUint8Array()).toString('base64')
  })
  document.destroy()
  return scans
}

test('a copy cut out of a stack holds its own scans, byte for byte, and none of the others', async () => {
  const path = folder.write('stack.pdf', await makeSampleScan({ seed: 3, copies: 2, pagesPerCopy: 2 }))
  const result = await extract(path, [2, 3])
  expect(scansOf(outputPath)).toEqual(scansOf(path).slice(2))
  expect(result).toEqual({ pageCount: 2, sizeBytes: readFileSync(outputPath).length })
  expect(result.sizeBytes).toBeLessThan(readFileSync(path).length * 0.6)
})

test('cutting twice gives the same bytes', async () => {
  const path = folder.write('three.pdf', makePdf([textPage('one'), textPage('two'), textPage('three')]))
  await extract(path, [2, 0])
  const first = readFileSync(outputPath)
  await extract(path, [2, 0])
  expect(readFileSync(outputPath).equals(first)).toBe(true)
})

test('images that another page shows do not come along in a shared dictionary', async () => {
  const pages = [{ contents: '/Mine Do' }, { contents: '/Other Do' }]
  const path = folder.write(
    'shared.pdf',
    makePdf(pages, (document) => {
      const form = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 9, 9] }
      const drawn = (text: string) => document.addStream(`% ${text}\n0 0 9 9 re f`, form)
      const shared = document.addObject({ XObject: { Mine: drawn('of Alice'), Other: drawn('of Basile') } })
      for (const index of [0, 1]) document.findPage(index).put('Resources', shared)
    }),
  )
  await extract(path, [0])
  const document = new mupdf.PDFDocument(readFileSync(outputPath))
  const text = document.saveToBuffer('decompress,ascii').asString()
  document.destroy()
  expect(text).toContain('of Alice')
  expect(text).not.toContain('of Basile')
})

test('a page that is not there is refused', async () => {
  const path = folder.write('one.pdf', makePdf([textPage('one')]))
  expect(await codeOf(extract(path, [1]))).toBe('no-pages')
  expect(await codeOf(extract(path, []))).toBe('no-pages')
})

test('pages of several files come in the order given, each turned beside its own Rotate', async () => {
  const first = folder.write('first.pdf', makePdf([textPage('one'), { ...textPage('two'), rotate: 270 }]))
  const second = folder.write('second.pdf', makePdf([textPage('three')]))
  const pages = [
    { path: first, pageIndex: 1, turn: 180 },
    { path: second, pageIndex: 0, turn: 90 },
    { path: first, pageIndex: 0, turn: 0 },
  ] as const
  expect(await extractPages(pool, { pages, outputPath })).toMatchObject({ pageCount: 3 })
  const document = new mupdf.PDFDocument(readFileSync(outputPath))
  const found = [0, 1, 2].map((index) => {
    const page = document.loadPage(index)
    const text = page.toStructuredText('').asText().trim()
    const rotate = page.getObject().getInheritable('Rotate').asNumber()
    page.destroy()
    return [text, rotate]
  })
  document.destroy()
  expect(found).toEqual([
    ['two', 90],
    ['three', 90],
    ['one', 0],
  ])
})
