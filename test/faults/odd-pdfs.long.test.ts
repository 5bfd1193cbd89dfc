import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { inspectPdf, rasterizeDocument } from '../../src/pdf/engine.ts'
import { createEnginePool } from '../../src/pdf/engine-pool.ts'
import { SECOND } from '../../src/platform/units.ts'
import type { Sight } from '../support/odd-pdf-parts.ts'
import { oddPdfs } from '../support/odd-pdfs.ts'
import { makePdf, makeTestFolder, testLimits, textPage } from '../support/pdfs.ts'

const PAGE_MS = 6 * SECOND
/** The start of another child, on a busy machine. */
const SLACK_MS = 15 * SECOND

describe('a PDF that is odd inside', () => {
  const folder = makeTestFolder()
  const outputDirectory = join(folder.path, 'pages')
  mkdirSync(outputDirectory)
  const pool = createEnginePool({
    workDirectory: join(folder.path, 'work'),
    size: 1,
    pageTimeoutMs: PAGE_MS,
  })
  afterAll(async () => {
    await pool.close()
    folder.remove()
  })

  /** Reads a document as an import does, and tells what is to be seen of its first page. */
  async function look(pdf: Uint8Array): Promise<Sight> {
    const path = folder.write('odd.pdf', pdf)
    try {
      await inspectPdf(pool, { path, limits: testLimits })
      const [page] = await rasterizeDocument(pool, { path, outputDirectory, limits: testLimits })
      if (page === undefined) throw new Error('no page')
      if ('failed' in page) return { code: page.failed }
      const kinds = page.flags.map(({ kind }) => kind)
      if (kinds.includes('renders-empty')) return 'renders-empty'
      return kinds.includes('blank') ? 'blank' : 'ink'
    } catch (error) {
      if (error instanceof Error && 'code' in error) return { code: String(error.code) }
      throw error
    }
  }

  it.each(oddPdfs)('$name: is read, flagged or refused, and the engine goes on', async ({ make, sight }) => {
    const pdf = make()
    const before = performance.now()
    expect(await look(pdf)).toEqual(sight)
    expect(performance.now() - before).toBeLessThan(PAGE_MS + SLACK_MS)
    expect(await look(makePdf([textPage('Exercice 1')]))).toBe('ink')
  })

  it('has a name of its own', () => {
    expect(new Set(oddPdfs.map(({ name }) => name)).size).toBe(oddPdfs.length)
  })
})
