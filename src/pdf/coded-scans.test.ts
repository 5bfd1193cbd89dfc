import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { makeCodedScan } from '../../test/support/coded-scans.ts'
import { makePdf, makeTestFolder, succeeded, testLimits, textPage } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import { createEnginePool } from './engine-pool.ts'
import { findNearDuplicates } from './fingerprint.ts'

const folder = makeTestFolder()
const outputDirectory = join(folder.path, 'pages')
mkdirSync(outputDirectory)
const pool = createEnginePool({ workDirectory: join(folder.path, 'work'), size: 1 })
const read = async (pdf: Uint8Array, codePattern: string, more: object = {}) => {
  const path = folder.write('stack.pdf', pdf)
  return rasterizeDocument(pool, { path, outputDirectory, limits: testLimits, codePattern, ...more })
}

afterAll(async () => {
  await pool.close()
  folder.remove()
})

test('codes tell which copy and page each sheet of a disordered stack is, and which way up', async () => {
  const often = { turned: 0.6, duplicated: 0.2, blanked: 0.15, removed: 0.1, shuffled: true }
  const { pdf, pages } = await makeCodedScan({ seed: 12, copies: 3, pagesPerCopy: 4, ...often })
  const found = succeeded(await read(pdf, '{exam}-{copy}-{page}'))
  const coded = (payload: string | undefined, copy: string, page: number) =>
    payload === undefined ? undefined : { exam: 'demo', copy, page }
  expect(found.map(({ code }) => code)).toEqual(
    pages.map(({ payload, copy, page }) => coded(payload, copy, page)),
  )
  expect(found.map(({ turn }) => turn)).toEqual(pages.map(({ turn, isBlank }) => (isBlank ? 0 : turn)))
  for (const [index, page] of found.entries()) {
    const isBlank = page.flags.some(({ kind }) => kind === 'blank')
    expect([index, isBlank]).toEqual([index, pages[index]?.isBlank])
    if (isBlank) continue
    expect(page.full.heightPx).toBeGreaterThan(page.full.widthPx)
    const { autoOrient } = await sharp(page.full.path).metadata()
    expect([autoOrient.width, autoOrient.height]).toEqual([page.full.widthPx, page.full.heightPx])
  }
  const twice = pages.flatMap((page, index) =>
    page.isBlank
      ? []
      : pages.flatMap((other, at) => (at > index && other.payload === page.payload ? [[index, at]] : [])),
  )
  expect(findNearDuplicates(found).map(({ first, second }) => [first, second])).toEqual(twice)
})

test('a page that a person turned is not turned by its code', async () => {
  const { pdf } = await makeCodedScan({ seed: 3, copies: 1, pagesPerCopy: 1, turned: 1 })
  const [page] = succeeded(await read(pdf, 'demo-{copy}-{page}', { turns: { 0: 0 } }))
  expect(page).toMatchObject({ turn: 0, code: { copy: '100', page: 1 } })
})

test('a code of another pattern is told apart, and what it says stays where it was read', async () => {
  const { pdf } = await makeCodedScan({ seed: 5, copies: 1, pagesPerCopy: 2, codes: 'first-page' })
  const [first, second] = succeeded(await read(pdf, 'exam/{copy}'))
  expect(first).toMatchObject({ code: undefined, turn: 0 })
  expect(first?.flags.map(({ kind }) => kind)).toContain('foreign-code')
  expect(second?.flags.map(({ kind }) => kind)).not.toContain('foreign-code')
  expect(JSON.stringify(first)).not.toContain('demo-100')
})

test('the same seed makes the same stack', async () => {
  const options = { seed: 8, copies: 1, pagesPerCopy: 2, turned: 0.5, shuffled: true }
  const [one, again] = [await makeCodedScan(options), await makeCodedScan(options)]
  expect(again.pages).toEqual(one.pages)
  expect(Buffer.from(again.pdf).equals(one.pdf)).toBe(true)
})

test('a page that cannot be read fails alone, with its code', async () => {
  const giant = { mediaBox: [0, 0, 14_000, 14_000] } as const
  const broken = { contents: 'q '.repeat(600_000) }
  const pdf = makePdf([textPage('one'), giant as never, broken, textPage('four')])
  const pages = await read(pdf, '{copy}')
  expect(pages.map((page) => ('failed' in page ? page.failed : page.pageIndex))).toEqual([
    0,
    'page-too-large',
    'corrupt',
    3,
  ])
})
