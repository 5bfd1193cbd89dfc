import { describe, expect, test } from 'vitest'
import { corpusPath, hasCorpus } from '../../test/support/corpus.ts'
import { openTestEngine } from '../../test/support/engine.ts'
import { codeOf, succeeded, testLimits } from '../../test/support/pdfs.ts'
import { inspectPdf, rasterizeDocument } from './engine.ts'
import type { RasterizedPage } from './tasks.ts'

const { outputDirectory, pool } = openTestEngine()

async function read(name: string, codePattern?: string): Promise<RasterizedPage[]> {
  const path = corpusPath(name)
  const pattern = codePattern === undefined ? {} : { codePattern }
  return succeeded(await rasterizeDocument(pool, { path, outputDirectory, limits: testLimits, ...pattern }))
}

const pathsOf = (pages: readonly RasterizedPage[]) => [...new Set(pages.map(({ path }) => path))]
const flagsOf = (pages: readonly RasterizedPage[]) =>
  pages.flatMap(({ flags }) => flags.map(({ kind }) => kind))
const codeAt = (copy: string, page: number) => ({ exam: 'midterm1-v2-test', copy, page })

/** Real scans that nobody on this project made; what is expected of each stands in the README beside them. */
describe.runIf(hasCorpus)('of the real scans', () => {
  test('midterm 100 keeps its grey JPEGs, and every page tells its copy and its place', async () => {
    const pages = await read('markus/midterm_scan_100.pdf', '{exam}-{copy}-{page}')
    expect(pages.map(({ code }) => code)).toEqual([1, 2, 4, 3, 5, 6].map((page) => codeAt('100', page)))
    expect(pages.map(({ turn, dpi }) => [turn, dpi])).toEqual(Array(6).fill([0, 300]))
    expect([pathsOf(pages), flagsOf(pages)]).toEqual([['kept-jpeg'], []])
  })

  test('midterm 103 tells copy and place of each page but the first, whose code was scribbled over', async () => {
    const pages = await read('markus/midterm_scan_103.pdf', '{exam}-{copy}-{page}')
    expect(pages.map(({ code }) => code)).toEqual([
      undefined,
      ...[2, 3, 4, 5, 6].map((page) => codeAt('103', page)),
    ])
    expect(pages.map(({ turn }) => turn)).toEqual(Array(6).fill(0))
  })

  test('midterm 102 keeps its JBIG2 pixels, one bit each', async () => {
    const pages = await read('markus/midterm_scan_102.pdf', '{exam}-{copy}-{page}')
    expect(pages.map(({ code }) => code)).toEqual([1, 2, 3, 4, 5, 6].map((page) => codeAt('102', page)))
    expect(pathsOf(pages)).toEqual(['bilevel'])
    expect(pages[0]?.full).toMatchObject({ mediaType: 'image/png', widthPx: 2550, heightPx: 3300 })
  })

  test('the typeset midterm is drawn, and has no resolution of its own', async () => {
    const pages = await read('markus/midterm1-v2-test.pdf')
    expect(pages).toHaveLength(6)
    expect(pages.map(({ path, dpi }) => [path, dpi])).toEqual(Array(6).fill(['rendered', null]))
  })

  test('a Word file with another name is refused', async () => {
    const path = corpusPath('markus/docx_renamed_to_pdf.pdf')
    expect(await codeOf(inspectPdf(pool, { path, limits: testLimits }))).toBe('not-a-pdf')
  })

  const names = ['aphacker', 'bitdiddle', 'student', 'browna', 'smithj', 'jastm']
  test.each([
    ['in colour, lying on their side', 'submitty/01_qr_six_6page_colorscan.pdf', 'kept-jpeg'],
    ['in black and white, wider than the page', 'submitty/01_qr_six_6page_scan.pdf', 'bilevel'],
  ])('six copies of six pages, %s, have six codes on their first pages', async (_, name, path) => {
    const pages = await read(name, '{copy}')
    expect(pages).toHaveLength(36)
    const firsts = pages.filter(({ code }) => code !== undefined)
    expect(firsts.map(({ pageIndex, code }) => [pageIndex, code?.copy])).toEqual(
      names.map((copy, index) => [index * 6, copy]),
    )
    expect([pathsOf(pages), flagsOf(pages)]).toEqual([[path], []])
    expect(pages.map(({ full }) => [full.widthPx, full.heightPx])).toEqual(Array(36).fill([1700, 2200]))
  })

  test('three handwritten copies keep their bytes; the blank form is drawn', async () => {
    const copies = await read('correctexam/demo1Copies_masked.pdf')
    expect([copies.length, pathsOf(copies), flagsOf(copies)]).toEqual([3, ['kept-jpeg'], []])
    expect(pathsOf(await read('correctexam/demo1Template.pdf'))).toEqual(['rendered'])
  })
})
