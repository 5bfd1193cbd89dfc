import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rasterizeDocument } from '../src/pdf/engine.ts'
import { createEnginePool } from '../src/pdf/engine-pool.ts'
import { readProcessorTime } from './import/processor-time.ts'
import { median, numberAfter, report } from './measure.ts'
import { type CodedInput, makeCodedInputs } from './pdf/coded.ts'

// What it costs to look for codes: each file is read without a pattern and with it, in turns. Processor time of the
// engine's child process, user and system; it stays open and is warmed up.

const ROUNDS = numberAfter('--rounds', 5)
const limits = { maxPages: 2_500, maxBytes: 536_870_912, maxPageMegapixels: 80 }

const folder = mkdtempSync(join(tmpdir(), 'paraph-bench-codes-'))
const outputDirectory = join(folder, 'pages')
mkdirSync(outputDirectory)
const pool = createEnginePool({ workDirectory: join(folder, 'work'), size: 1 })

async function run({ path, pages }: CodedInput, codePattern?: string) {
  const used = () => readProcessorTime(pool.describe().processIds).allMs
  const before = used()
  const pattern = codePattern === undefined ? {} : { codePattern }
  const outcomes = await rasterizeDocument(pool, { path, outputDirectory, limits, ...pattern })
  const codes = outcomes.filter((page) => 'code' in page && page.code !== undefined).length
  return { msPerPage: (used() - before) / pages, codes }
}

type Row = { readonly input: CodedInput; readonly plain: number[]; readonly coded: number[] }

try {
  const rows = (await makeCodedInputs(folder)).map((input): Row => ({ input, plain: [], coded: [] }))
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { input, plain, coded } of rows) {
      const [without, with_] = [await run(input), await run(input, input.pattern)]
      // A reader that misses codes is a quick one.
      if (with_.codes !== input.codes) throw new Error(`${input.name}: ${with_.codes} codes were read`)
      if (round === 0) continue
      plain.push(without.msPerPage)
      coded.push(with_.msPerPage)
    }
    process.stderr.write(`round ${round} of ${ROUNDS}\n`)
  }
  const spread = (values: readonly number[]) =>
    `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`
  report({
    ratios: {},
    settings: { rounds: String(ROUNDS) },
    rows: rows.map(({ input, plain, coded }) => ({
      file: input.name,
      pages: input.pages,
      codes: input.codes,
      'without, ms/page': median(plain).toFixed(1),
      spread: spread(plain),
      'with, ms/page': median(coded).toFixed(1),
      'its spread': spread(coded),
      codesMs: median(coded.map((ms, round) => ms - (plain[round] ?? Number.NaN))).toFixed(1),
      lowest: (Math.min(...coded) - Math.min(...plain)).toFixed(1),
    })),
  })
} finally {
  await pool.close()
  rmSync(folder, { recursive: true, force: true })
}
