import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { parseMetrics } from '../../test/support/scrape.ts'
import type { Collector } from '../observability/collector.ts'
import { exposeMetrics } from '../observability/metrics.ts'
import { printMetrics } from '../observability/scrape.ts'
import { readFreeBytes, watchDisks } from './disk.ts'

const folder = mkdtempSync(join(tmpdir(), 'paraph-disk-'))
const missing = join(folder, 'missing')
const ERRORS = 'paraph_collector_errors_total{collector="disk"}'
let disks: Collector | undefined

beforeAll(() => exposeMetrics('api'))
afterEach(() => disks?.stop())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function watch(paths: Parameters<typeof watchDisks>[0]) {
  disks = watchDisks(paths)
  await disks.refresh()
  const { series } = parseMetrics(await printMetrics())
  const of = (name: string) => series.get(`disk_free_bytes{folder="${name}"}`)
  return { data: of('data'), logs: of('logs'), errors: series.get(ERRORS) ?? Number.NaN }
}

test('the room on the disk of a folder is shown, within a tenth of what there is', async () => {
  const free = await readFreeBytes(folder)
  const { data, logs } = await watch({ data: folder, logs: folder })
  expect(Math.abs((data ?? 0) / free - 1)).toBeLessThan(0.1)
  expect(Math.abs((logs ?? 0) / free - 1)).toBeLessThan(0.1)
})

test('a folder that is gone does not hide the other', async () => {
  const { data, logs } = await watch({ data: folder, logs: missing })
  expect(data).toBeGreaterThan(0)
  expect(logs).toBeUndefined()
})

test('without any folder the collector fails, and says so', async () => {
  const before = await watch({ data: folder })
  disks?.stop()
  const { data, errors } = await watch({ data: missing, logs: missing })
  expect(data).toBeUndefined()
  expect(errors).toBe(before.errors + 1)
})
