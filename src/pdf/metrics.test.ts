import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { makeEndlessPdf, makePdf, makeTestFolder, testLimits, textPage } from '../../test/support/pdfs.ts'
import { parseMetrics } from '../../test/support/scrape.ts'
import { exposeMetrics } from '../observability/metrics.ts'
import { printMetrics } from '../observability/scrape.ts'
import { inspectPdf, rasterizeDocument } from './engine.ts'
import { createEnginePool, type EnginePool } from './engine-pool.ts'
import { countEngineFault, countRecycledEngine, watchEnginePool } from './metrics.ts'

const folder = makeTestFolder()
let pool: EnginePool
let stop: () => void

beforeAll(() => exposeMetrics('worker'))
afterEach(async () => {
  stop()
  await pool.close()
})
afterAll(() => folder.remove())

function open(): void {
  pool = createEnginePool({
    workDirectory: join(folder.path, 'work'),
    size: 1,
    pageTimeoutMs: 2_000,
    onFault: countEngineFault,
    onRecycle: countRecycledEngine,
  })
  stop = watchEnginePool(pool)
}
const read = async () => parseMetrics(await printMetrics()).series

test('the pool of engines shows what is busy, idle and waiting, and counts what it had to kill', async () => {
  open()
  const outputDirectory = folder.path
  const path = folder.write('endless.pdf', makeEndlessPdf())
  const rasterize = () => rasterizeDocument(pool, { path, outputDirectory, limits: testLimits })
  const refused = Promise.allSettled([rasterize(), rasterize()])
  while (pool.describe().running === 0) await sleep(10)
  const busy = await read()
  expect(busy.get('pdf_engines{state="busy"}')).toBe(1)
  expect(busy.get('pdf_engine_waiting_documents')).toBe(1)
  await refused
  const after = await read()
  expect(after.get('pdf_engines{state="busy"}')).toBe(0)
  expect(after.get('pdf_engine_faults_total{code="timeout"}')).toBe(2)
  expect(after.get('pdf_engines_recycled_total')).toBe(0)
})

test('an engine that has done its share of documents is replaced, and that is no fault', async () => {
  open()
  const path = folder.write('good.pdf', makePdf([textPage('one')]))
  const before = (await read()).get('pdf_engine_faults_total{code="engine-fault"}')
  // A spare takes its turns as well, so that two children may share these.
  for (let index = 0; index < 200; index += 1) await inspectPdf(pool, { path, limits: testLimits })
  const after = await read()
  expect(after.get('pdf_engines_recycled_total')).toBeGreaterThanOrEqual(1)
  expect(after.get('pdf_engine_faults_total{code="engine-fault"}')).toBe(before)
})
