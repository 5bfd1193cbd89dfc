import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeCodedScan } from '../../test/support/coded-scans.ts'
import { makePdf, makeTestFolder, succeeded, testLimits, textPage } from '../../test/support/pdfs.ts'
import { rasterizeDocument } from './engine.ts'
import { createEnginePool, type EnginePool } from './engine-pool.ts'
import { makeSampleScan } from './sample-scan.ts'
import type { RasterizedPage } from './tasks.ts'

const folder = makeTestFolder()
const alone = createEnginePool({ workDirectory: join(folder.path, 'alone'), size: 1 })
const sideBySide = createEnginePool({ workDirectory: join(folder.path, 'two'), size: 2 })

afterAll(async () => {
  await Promise.all([alone.close(), sideBySide.close()])
  folder.remove()
})

let runs = 0

/** What is known of each page, with the hashes of its images, by page. */
async function read(pool: EnginePool, path: string, pageIndexes?: readonly number[]) {
  const outputDirectory = join(folder.path, `run-${runs++}`)
  mkdirSync(outputDirectory)
  const some = pageIndexes === undefined ? {} : { pageIndexes }
  const task = { path, outputDirectory, limits: testLimits, codePattern: 'demo-{copy}-{page}', ...some }
  const pages = succeeded(await rasterizeDocument(pool, task))
  return pages.toSorted((a, b) => a.pageIndex - b.pageIndex).map(hashImages)
}

function hashImages(page: RasterizedPage) {
  const hash = ({ path }: { readonly path: string }) =>
    createHash('sha256').update(readFileSync(path)).digest('hex')
  const { full, screen, thumbnail, ...told } = page
  return { ...told, images: [full, screen, thumbnail].map(hash) }
}

test.each([
  ['a scan with codes, some pages turned', async () => (await makeCodedScan({ seed: 4, copies: 1, pagesPerCopy: 4, turned: 0.5, blanked: 0.2 })).pdf], // biome-ignore format: one line
  ['a scan without any', () => makeSampleScan({ seed: 2, copies: 1, pagesPerCopy: 3 })],
  ['typeset pages', () => makePdf([textPage('one'), textPage('two'), {}])],
] as const)('%s gives the same bytes in any process, beside any other, from any page on', async (_, make) => {
  const path = folder.write('scan.pdf', await make())
  const once = await read(alone, path)
  const twice = await Promise.all([read(sideBySide, path), read(sideBySide, path)])
  const backwards = await read(alone, path, once.map(({ pageIndex }) => pageIndex).toReversed())
  expect(once.length).toBeGreaterThan(2)
  expect(new Set(once.flatMap(({ images }) => images)).size).toBeGreaterThan(3)
  for (const again of [...twice, backwards]) expect(again).toEqual(once)
})
