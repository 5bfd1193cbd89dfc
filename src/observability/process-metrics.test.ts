import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { exposeMetrics } from './metrics.ts'
import { startProcessMetrics } from './process-metrics.ts'
import { printMetrics } from './scrape.ts'

async function read(): Promise<Map<string, number>> {
  const lines = (await printMetrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

/** Keeps the event loop from turning. */
function block(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

const PERIOD_MS = 500

describe('a process', () => {
  beforeAll(() => {
    exposeMetrics('worker')
    startProcessMetrics(PERIOD_MS)
  })

  it('tells its CPU time, which grows with what it does', async () => {
    const before = await read()
    const startedAt = process.cpuUsage()
    block(200)
    const { user, system } = process.cpuUsage(startedAt)
    const after = await read()
    const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    expect(grown('process_cpu_seconds_total')).toBeGreaterThan((user + system) / 1e6)
    const parts = grown('process_cpu_user_seconds_total') + grown('process_cpu_system_seconds_total')
    expect(grown('process_cpu_seconds_total')).toBeCloseTo(parts, 6)
  })

  it('tells its memory, its start and its file descriptors', async () => {
    const found = await read()
    const { rss, heapUsed } = process.memoryUsage()
    expect(Math.abs((found.get('process_resident_memory_bytes') ?? 0) / rss - 1)).toBeLessThan(0.5)
    expect(Math.abs((found.get('nodejs_heap_size_used_bytes') ?? 0) / heapUsed - 1)).toBeLessThan(0.5)
    expect(found.get('nodejs_heap_size_total_bytes')).toBeGreaterThan(heapUsed / 2)
    expect(found.get('nodejs_external_memory_bytes')).toBeGreaterThan(0)
    const startedAt = Date.now() / 1_000 - process.uptime()
    expect(Math.abs((found.get('process_start_time_seconds') ?? 0) - startedAt)).toBeLessThan(5)
    expect(found.get('process_open_fds')).toBeGreaterThan(3)
    expect(found.get('process_max_fds')).toBeGreaterThan(found.get('process_open_fds') ?? Number.NaN)
  })

  it('tells whoever asks how late its event loop was of late, and then forgets it', async () => {
    block(1_000)
    await sleep(50)
    const late = await read()
    const again = await read()
    const lagOf = (found: Map<string, number>, part: string) =>
      found.get(`nodejs_eventloop_lag_${part}_seconds`) ?? Number.NaN
    expect([lagOf(late, 'max'), lagOf(again, 'max')]).toEqual([expect.closeTo(1, 0), lagOf(late, 'max')])
    expect(lagOf(late, 'max')).toBeGreaterThan(0.8)
    expect(lagOf(late, 'p50')).toBeLessThanOrEqual(lagOf(late, 'p99'))
    expect(late.get('nodejs_eventloop_utilization_ratio')).toBeGreaterThan(0.5)
    await expect.poll(async () => lagOf(await read(), 'max'), { timeout: 10 * PERIOD_MS }).toBeLessThan(0.8)
    expect((await read()).get('nodejs_eventloop_utilization_ratio')).toBeLessThan(0.9)
  })

  it('counts its garbage collections by kind', async () => {
    const countOf = async () =>
      [...(await read())]
        .filter(([name]) => name.startsWith('nodejs_gc_duration_seconds_count'))
        .reduce((sum, [, value]) => sum + value, 0)
    const before = await countOf()
    let kept: object[] = []
    await expect
      .poll(async () => {
        kept = Array.from({ length: 200_000 }, (_, index) => ({ index }))
        return (await countOf()) - before
      })
      .toBeGreaterThan(0)
    expect(kept).toHaveLength(200_000)
  })
})
