import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Collector, collectAtScrape, startCollector } from './collector.ts'
import { configureLogging } from './log.ts'
import { defineGauge, exposeMetrics, type Reading } from './metrics.ts'
import { printMetrics } from './scrape.ts'

const MARKER = 'ZoeMarqueur'
const depth = defineGauge({ name: 'test_depth', help: 'A test.', exposedBy: 'both', labels: {} })
const healthy = defineGauge({ name: 'test_healthy', help: 'A test.', exposedBy: 'both', labels: {} })
let lines: string[] = []
const running: (() => void)[] = []

beforeEach(() => {
  exposeMetrics('worker')
  lines = []
  const memory = { write: (line: string) => void lines.push(line) }
  configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
})
afterEach(() => {
  for (const stop of running.splice(0)) stop()
  configureLogging(undefined)
})

const seriesOf = async (name: string) =>
  (await printMetrics()).split('\n').filter((line) => line.startsWith(name))
const readValue = async (name: string) => Number((await seriesOf(name))[0]?.split(' ')[1])
const errorsOf = (collector: string) => readValue(`paraph_collector_errors_total{collector="${collector}"}`)
const lastSuccess = () => seriesOf('paraph_collector_last_success_timestamp_seconds{collector="database"}')

/** A collector of one gauge that is quick about everything, and what it gave up. */
function start(read: () => Promise<readonly Reading[]>, options = {}): Collector & { abandoned: number } {
  const started = {
    abandoned: 0,
    ...startCollector(
      { name: 'database', gauges: [depth], read },
      {
        refreshEveryMs: 10,
        refreshLimitMs: 40,
        absentAfterMs: 150,
        abandon: () => {
          started.abandoned += 1
        },
        ...options,
      },
    ),
  }
  running.push(started.stop)
  return started
}

const GARBAGE: [string, () => unknown][] = [
  [
    'throws',
    () => {
      throw new Error(MARKER)
    },
  ],
  ['gives NaN', () => [depth.at({}, Number.NaN)]],
  ['gives no value', () => [depth.at({}, undefined as never)]],
  ['gives a value below zero', () => [depth.at({}, -1)]],
  ['gives a text', () => [depth.at({}, MARKER as never)]],
  ['gives nothing', () => undefined],
  ['gives something else', () => MARKER],
]

describe('a collector in the background', () => {
  test('reads at once, then again and again, one refresh at a time, and says when it last succeeded', async () => {
    let now = 0
    let most = 0
    let done = 0
    const collector = start(async () => {
      now += 1
      most = Math.max(most, now)
      await sleep(20)
      now -= 1
      done += 1
      return [depth.at({}, done)]
    })
    await Promise.all([collector.refresh(), collector.refresh()])
    expect(done).toBe(1)
    await vi.waitUntil(() => done >= 3)
    expect(most).toBe(1)
    expect(await readValue('test_depth')).toBeGreaterThanOrEqual(2)
    const [said] = await lastSuccess()
    expect(Math.abs(Number(said?.split(' ')[1]) - Date.now() / 1_000)).toBeLessThan(5)
  })

  test.each(GARBAGE)(
    'that %s keeps its last values for a while, then has none, and recovers',
    async (_title, fail) => {
      let works = true
      const errors = await errorsOf('database')
      const collector = start(async () => (works ? [depth.at({}, 7)] : (fail() as never)))
      await collector.refresh()
      works = false
      await vi.waitUntil(async () => (await errorsOf('database')) > errors)
      expect(await seriesOf('test_depth')).toEqual(['test_depth 7'])
      const success = await lastSuccess()
      await vi.waitUntil(async () => (await seriesOf('test_depth')).length === 0)
      expect(await lastSuccess()).toEqual(success)
      works = true
      await vi.waitUntil(async () => (await readValue('test_depth')) === 7)
      expect(collector.abandoned).toBe(0)
      expect(`${await printMetrics()}${lines}`).not.toContain(MARKER)
    },
  )

  test('that hangs is abandoned, so that the next refresh can run; what it brings later is dropped', async () => {
    const gates: (() => void)[] = []
    const errors = await errorsOf('database')
    const collector = start(async () => {
      if (gates.length === 2) return [depth.at({}, 2)]
      await new Promise<void>((resolve) => gates.push(resolve))
      return [depth.at({}, 1)]
    })
    await vi.waitUntil(async () => (await readValue('test_depth')) === 2)
    expect(collector.abandoned).toBe(2)
    expect((await errorsOf('database')) - errors).toBe(2)
    for (const open of gates) open()
    await sleep(5)
    expect(await readValue('test_depth')).toBe(2)
  })

  test('that is stopped in the middle leaves nothing behind, not even when it last succeeded', async () => {
    let done = 0
    const collector = start(async () => {
      await sleep(20)
      done += 1
      return [depth.at({}, 1)]
    })
    await vi.waitUntil(async () => (await lastSuccess()).length === 1)
    const refresh = collector.refresh()
    collector.stop()
    const before = done
    await refresh
    expect(done).toBe(before + 1)
    expect([...(await seriesOf('test_depth')), ...(await lastSuccess())]).toEqual([])
  })

  test('that fails is a warning once a minute, whose text is ours', async () => {
    vi.resetModules()
    const fresh = await import('./log.ts')
    fresh.configureLogging({ app: memoryOf(lines), audit: memoryOf(lines), now: () => new Date(0) })
    const { startCollector: startFresh } = await import('./collector.ts')
    let tries = 0
    const read = async () => {
      tries += 1
      throw new Error(MARKER)
    }
    running.push(startFresh({ name: 'database', gauges: [], read }, { refreshEveryMs: 2 }).stop)
    await vi.waitUntil(() => tries >= 10)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'WARNING',
        event: 'metrics.collect-failed',
        'metric.name': 'database',
      }),
    ])
    expect(lines.join()).not.toContain(MARKER)
  })
})

const memoryOf = (list: string[]) => ({ write: (line: string) => void list.push(line) })

describe('a collector at the scrape', () => {
  test('is read anew by each scrape, and by none once it has ended', async () => {
    let asked = 0
    const stop = collectAtScrape({
      name: 'engines',
      gauges: [depth],
      read: () => {
        asked += 1
        return [depth.at({}, asked)]
      },
    })
    expect([await readValue('test_depth'), await readValue('test_depth')]).toEqual([1, 2])
    stop()
    expect(await seriesOf('test_depth')).toEqual([])
    expect(asked).toBe(2)
  })

  test('that was replaced does not end its successor', async () => {
    const stop = collectAtScrape({ name: 'engines', gauges: [depth], read: () => [depth.at({}, 1)] })
    running.push(collectAtScrape({ name: 'engines', gauges: [depth], read: () => [depth.at({}, 2)] }))
    stop()
    expect(await readValue('test_depth')).toBe(2)
  })

  test.each([...GARBAGE, ['gives a promise that hangs', () => new Promise(() => undefined)]])(
    'that %s has no values; the others are there',
    async (_title, fail) => {
      let works = true
      const errors = await errorsOf('engines')
      const read = () => (works ? [depth.at({}, 1)] : (fail() as never))
      running.push(collectAtScrape({ name: 'engines', gauges: [depth], read }))
      running.push(collectAtScrape({ name: 'process', gauges: [healthy], read: () => [healthy.at({}, 1)] }))
      expect(await seriesOf('test_depth')).toEqual(['test_depth 1'])
      works = false
      expect(await seriesOf('test_depth')).toEqual([])
      expect(await seriesOf('test_healthy')).toEqual(['test_healthy 1'])
      expect(await errorsOf('engines')).toBeGreaterThan(errors)
      expect(`${await printMetrics()}${lines}`).not.toContain(MARKER)
    },
  )
})
