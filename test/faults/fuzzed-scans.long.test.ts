import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectPdf, rasterizeDocument } from '../../src/pdf/engine.ts'
import { createEnginePool } from '../../src/pdf/engine-pool.ts'
import { isEngineErrorCode, isEngineFault } from '../../src/pdf/errors.ts'
import type { PageOutcome } from '../../src/pdf/tasks.ts'
import { AppError } from '../../src/platform/errors.ts'
import { makeCodedScan } from '../support/coded-scans.ts'
import { corpusPath, hasCorpus } from '../support/corpus.ts'
import { DAMAGES, damage, makeWounds } from '../support/mutants.ts'
import { makePdf, makeTestFolder, testLimits, textPage } from '../support/pdfs.ts'
import { makeR5Pdf } from '../support/r5-pdf.ts'
import { makeScan } from '../support/scans.ts'

const SEED = 20_261_129
const MUTANTS_OF_A_DAMAGE = 30
const DOCUMENT_MS = 6_000
/** What the limits leave out: the start of another child, and a busy machine. */
const SLACK_MS = 15_000
/** Grey levels; what is even flatter shows nothing. */
const FLAT = 0.5

/** Small ones; each page of them holds something. */
const REAL = [
  'markus/midterm_scan_102.pdf',
  'markus/midterm1-v2-test.pdf',
  'submitty/01_qr_six_6page_scan.pdf',
]

describe('scans that are damaged in any way', () => {
  const folder = makeTestFolder()
  const outputDirectory = join(folder.path, 'pages')
  let faults = 0
  const pool = createEnginePool({
    workDirectory: join(folder.path, 'work'),
    size: 1,
    pageTimeoutMs: 3_000,
    documentTimeoutMs: DOCUMENT_MS,
    onFault: () => {
      faults += 1
    },
  })
  let sources: readonly Uint8Array[]
  const ends = new Map<string, number>()
  beforeAll(async () => {
    const text = textPage('Exercice 1. Soit f une fonction.')
    const real = hasCorpus ? REAL.map((name) => readFileSync(corpusPath(name))) : []
    const coded = await makeCodedScan({ seed: 3, copies: 1, pagesPerCopy: 2 })
    sources = [await makeScan(1, 2), coded.pdf, makePdf([text, text], undefined, 'compress'), ...real]
  })
  afterAll(async () => {
    await pool.close()
    folder.remove()
    process.stderr.write(`what became of damaged scans: ${JSON.stringify(Object.fromEntries(ends))}\n`)
  })

  /** What is wrong with how a document was read; undefined when it was read, or refused as it should be. */
  async function findWrong(pdf: Uint8Array, count = true): Promise<string | undefined> {
    const path = folder.write('mutant.pdf', pdf)
    const begun = performance.now()
    const inspected = await settle(() => inspectPdf(pool, { path, limits: testLimits }))
    if (typeof inspected === 'string') return inspected
    mkdirSync(outputDirectory)
    try {
      const pages = Math.min(2, 'value' in inspected ? inspected.value.pageCount : 1)
      const pageIndexes = Array.from({ length: pages }, (_, index) => index)
      const task = {
        path,
        outputDirectory,
        limits: testLimits,
        pageIndexes,
        // Enough for what is asked here, and sooner done.
        dpi: 100,
        codePattern: 'demo-{copy}-{page}',
      }
      const read = await settle(() => rasterizeDocument(pool, task))
      if (typeof read === 'string') return read
      if (performance.now() - begun > 2 * DOCUMENT_MS + SLACK_MS) return 'past its time'
      const outcomes = 'value' in read ? read.value : []
      const codes = outcomes.map((page) => ('failed' in page ? page.failed : 'read'))
      for (const code of 'code' in read ? [read.code] : count ? codes : [])
        ends.set(code, (ends.get(code) ?? 0) + 1)
      for (const page of outcomes) {
        const wrong = await findWrongPage(page)
        if (wrong !== undefined) return wrong
      }
      return undefined
    } finally {
      rmSync(outputDirectory, { recursive: true, force: true })
    }
  }

  /** The result or the code; a text when it ended as nothing may. */
  async function settle<T>(run: () => Promise<T>): Promise<{ value: T } | { code: string } | string> {
    const before = faults
    try {
      const value = await run()
      return faults === before ? { value } : 'a fault, and a result all the same'
    } catch (error) {
      if (!(error instanceof AppError && isEngineErrorCode(error.code))) return `ended with ${String(error)}`
      if (isEngineFault(error.code) !== faults > before)
        return `${error.code}, faults counted: ${faults - before}`
      return { code: error.code }
    }
  }

  async function findWrongPage(page: PageOutcome): Promise<string | undefined> {
    if ('failed' in page) {
      const isOwn = isEngineErrorCode(page.failed) && !isEngineFault(page.failed)
      return isOwn ? undefined : `a page failed with ${page.failed}`
    }
    // Not by its path: sharp remembers what it read from one, and all mutants write to the same.
    const { channels } = await sharp(readFileSync(page.screen.path)).stats()
    const isFlat = channels.every(({ stdev }) => stdev < FLAT)
    const isFlagged = page.flags.some(({ kind }) => kind === 'blank' || kind === 'renders-empty')
    return isFlat && !isFlagged ? 'a page is empty and nobody is told' : undefined
  }

  it('the sources are sound', async () => {
    for (const source of sources) expect(await findWrong(source, false)).toBeUndefined()
    expect(faults).toBe(0)
  })

  it.each(DAMAGES.map((how, index) => [how, index] as const))(
    'a scan that %s is read or refused',
    async (how, index) => {
      const wounds = makeWounds(SEED + index, MUTANTS_OF_A_DAMAGE)
      const wrong: string[] = []
      for (const [number, wound] of wounds.entries()) {
        const source = sources[number % sources.length] as Uint8Array
        const found = await findWrong(damage(source, how, wound))
        if (found !== undefined) wrong.push(`mutant ${number} of source ${number % sources.length}: ${found}`)
      }
      expect(wrong).toEqual([])
    },
  )

  // Revisions 2, 3, 4, 6 and 5.
  it.each(['rc4-40', 'rc4-128', 'aes-128', 'aes-256', 'aes-256 as of revision 5'])(
    'a scan that is encrypted with %s is refused behind a password, and read or refused when it is damaged',
    async (method) => {
      const page = textPage('Exercice 1')
      const encrypt = (userPassword = '') => {
        if (method.endsWith('5')) return makeR5Pdf({ userPassword, ownerPassword: 'passe' })
        const user = userPassword && `user-password=${userPassword},`
        return makePdf([page], undefined, `encrypt=${method},${user}owner-password=passe`)
      }
      const locked = folder.write('locked.pdf', encrypt('mot'))
      await expect(inspectPdf(pool, { path: locked, limits: testLimits })).rejects.toMatchObject({
        code: 'encrypted',
      })
      const open = encrypt()
      expect(await findWrong(open, false)).toBeUndefined()
      const wrong: (string | undefined)[] = []
      for (const [number, wound] of makeWounds(SEED, 4).entries()) {
        wrong.push(
          await findWrong(damage(open, DAMAGES[(2 * number + 1) % DAMAGES.length] ?? 'ends early', wound)),
        )
      }
      expect(wrong).toEqual([undefined, undefined, undefined, undefined])
    },
  )

  it('afterwards the pool reads sound scans, with as many children as before', async () => {
    for (const source of sources) expect(await findWrong(source, false)).toBeUndefined()
    expect(pool.describe()).toMatchObject({ size: 1, waiting: 0 })
    expect(pool.describe().processIds.length).toBeGreaterThan(0)
    // The damage was such that some could be read and some could not.
    expect([...ends.keys()]).toEqual(expect.arrayContaining(['read', 'corrupt']))
  })
})
