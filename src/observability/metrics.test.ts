import { setTimeout as sleep } from 'node:timers/promises'
import { Gauge } from '@prometheus-io/client'
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { configureLogging } from './log.ts'
import {
  defineCounter,
  defineGauge,
  defineHistogram,
  printMetrics,
  registry,
  startCollector,
  startProcessMetrics,
} from './metrics.ts'
import { startMetricsServer } from './metrics-server.ts'

const MARKER = 'ZoeMarqueur'
const failing: string[] = []

afterEach(() => {
  for (const name of failing.splice(0)) registry.removeSingleMetric(name)
  configureLogging(undefined)
})

/** The lines of `/metrics` that begin so, comments left out. */
async function seriesOf(name: string): Promise<string[]> {
  return (await printMetrics()).split('\n').filter((line) => line.startsWith(name))
}
const recordErrors = async () => Number((await seriesOf('metrics_record_errors_total'))[0]?.split(' ')[1])

/** A metric whose collector misbehaves. */
function addFailing(name: string, collect: (gauge: Gauge) => unknown): void {
  failing.push(name)
  new Gauge({
    name,
    help: 'A metric of a test.',
    registers: [registry],
    async collect() {
      await collect(this)
    },
  })
}

test('every combination of closed labels of a counter is there at 0 before anything happened', async () => {
  defineCounter('test_closed_total', 'A test.', { a: ['x', 'y'], b: ['1', '2', '3'] })
  defineCounter('test_bare_total', 'A test.', {})
  expect((await seriesOf('test_closed_total')).sort()).toEqual([
    'test_closed_total{a="x",b="1"} 0',
    'test_closed_total{a="x",b="2"} 0',
    'test_closed_total{a="x",b="3"} 0',
    'test_closed_total{a="y",b="1"} 0',
    'test_closed_total{a="y",b="2"} 0',
    'test_closed_total{a="y",b="3"} 0',
  ])
  expect(await seriesOf('test_bare_total')).toEqual(['test_bare_total 0'])
})

test('every combination of closed labels of a histogram is there at 0, with all its buckets', async () => {
  defineHistogram('test_closed_seconds', 'A test.', { status: ['success', 'failed'] }, [0.5, 1])
  const lines = await seriesOf('test_closed_seconds')
  expect(lines).toHaveLength(2 * 5)
  expect(lines.every((line) => line.endsWith(' 0'))).toBe(true)
  expect(lines).toContain('test_closed_seconds_bucket{le="+Inf",status="failed"} 0')
})

test('a gauge is absent until somebody knows its value, and again once it is cleared', async () => {
  const depth = defineGauge('test_depth', 'A test.', { queue: ['one', 'two'] })
  const age = defineGauge('test_age', 'A test.', {})
  expect([...(await seriesOf('test_depth')), ...(await seriesOf('test_age'))]).toEqual([])
  depth.set({ queue: 'one' }, 4)
  age.set({}, 9)
  expect([...(await seriesOf('test_depth')), ...(await seriesOf('test_age'))]).toEqual([
    'test_depth{queue="one"} 4',
    'test_age 9',
  ])
  depth.clear()
  age.clear()
  expect([...(await seriesOf('test_depth')), ...(await seriesOf('test_age'))]).toEqual([])
})

test('what is recorded is counted, and a duration falls into its buckets', async () => {
  const total = defineCounter('test_recorded_total', 'A test.', { a: ['x', 'y'] })
  total.inc({ a: 'x' })
  total.inc({ a: 'x' }, 2)
  expect(await seriesOf('test_recorded_total')).toEqual([
    'test_recorded_total{a="x"} 3',
    'test_recorded_total{a="y"} 0',
  ])
  const seconds = defineHistogram('test_recorded_seconds', 'A test.', {}, [0.5, 1])
  seconds.observe({}, 0.5)
  seconds.observe({}, 0.7)
  seconds.observe({}, 7)
  expect(await seriesOf('test_recorded_seconds')).toEqual([
    'test_recorded_seconds_bucket{le="0.5"} 1',
    'test_recorded_seconds_bucket{le="1"} 2',
    'test_recorded_seconds_bucket{le="+Inf"} 3',
    'test_recorded_seconds_sum 8.2',
    'test_recorded_seconds_count 3',
  ])
})

describe('a recording that is not legal', () => {
  const counter = defineCounter('test_refused_total', 'A test.', { a: ['x', 'y'], path: 'open' })
  const histogram = defineHistogram('test_refused_seconds', 'A test.', { a: ['x'] }, [1])
  const gauge = defineGauge('test_refused', 'A test.', { a: ['x'] })

  test.each<[string, () => void]>([
    ['a label that is not declared', () => counter.inc({ a: 'x', path: '/', name: MARKER } as never)],
    ['a label that is missing', () => counter.inc({ a: 'x' } as never)],
    ['a value that is not of the list', () => counter.inc({ a: MARKER, path: '/' } as never)],
    ['a value that is not a text', () => counter.inc({ a: 'x', path: { name: MARKER } } as never)],
    ['no labels at all', () => counter.inc(undefined as never)],
    ['a count that is not a number', () => counter.inc({ a: 'x', path: '/' }, Number.NaN)],
    ['a count backwards', () => counter.inc({ a: 'x', path: '/' }, -1)],
    ['a duration that is not a number', () => histogram.observe({ a: 'x' }, Number.NaN)],
    ['a duration of an unknown kind', () => histogram.observe({ a: MARKER } as never, 1)],
    ['a gauge that is not a number', () => gauge.set({ a: 'x' }, MARKER as never)],
    ['a gauge without end', () => gauge.set({ a: 'x' }, Number.POSITIVE_INFINITY)],
    ['a gauge of an unknown kind', () => gauge.set({ a: MARKER } as never, 1)],
  ])('(%s) throws nothing, makes no series and is counted and logged', async (_title, record) => {
    const lines: string[] = []
    const memory = { write: (line: string) => void lines.push(line) }
    configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
    const before = await recordErrors()
    expect(record).not.toThrow()
    expect(await recordErrors()).toBe(before + 1)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('"metrics.record-failed"')
    const text = await printMetrics()
    expect(`${text}${lines}`).not.toContain(MARKER)
    expect((await seriesOf('test_refused')).filter((line) => !line.endsWith(' 0'))).toEqual([])
  })
})

test('labels outside of the lists do not compile', () => {
  const counter = defineCounter('test_typed_total', 'A test.', { a: ['x', 'y'], path: 'open' })
  expectTypeOf(counter.inc).parameter(0).toEqualTypeOf<{ readonly a: 'x' | 'y'; readonly path: string }>()
})

describe('a scrape', () => {
  test('leaves out the metric that throws, hangs or gives garbage, and serves the others', async () => {
    const lines: string[] = []
    const memory = { write: (line: string) => void lines.push(line) }
    configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
    startProcessMetrics()
    addFailing('test_throws', () => {
      throw new Error(MARKER)
    })
    addFailing('test_hangs', () => new Promise(() => undefined))
    addFailing('test_garbage', (gauge) => Object.assign(gauge, { help: { name: MARKER } }))
    addFailing('test_late', async (gauge) => {
      await sleep(20)
      gauge.set(5)
    })
    const started = performance.now()
    const text = await printMetrics(200)
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(text).toContain('test_late 5')
    expect(text).toContain('process_cpu_seconds_total')
    expect(text).not.toMatch(/test_throws|test_hangs|test_garbage/)
    expect(lines.map((line) => JSON.parse(line)['metric.name']).sort()).toEqual([
      'test_garbage',
      'test_hangs',
      'test_throws',
    ])
    expect(text + lines.join()).not.toContain(MARKER)
  })

  test('is answered over HTTP even while a metric hangs', async () => {
    addFailing('test_hangs', () => new Promise(() => undefined))
    const server = await startMetricsServer({ host: '127.0.0.1', port: 0 })
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).toContain('metrics_record_errors_total')
    await server.close()
  })
})

test.each([
  ['GET', '/'],
  ['GET', '/metrics/'],
  ['GET', `/metrics?name=${MARKER}`],
  ['POST', '/metrics'],
])('the port of metrics serves nothing else: %s %s is not found', async (method, path) => {
  const server = await startMetricsServer({ host: '127.0.0.1', port: 0 })
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
  expect([answer.status, await answer.text()]).toEqual([404, 'not found\n'])
  await server.close()
})

test('a port of metrics that is taken is an error at once', async () => {
  const first = await startMetricsServer({ host: '127.0.0.1', port: 0 })
  await expect(startMetricsServer({ host: '127.0.0.1', port: first.port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  })
  await first.close()
})

describe('a collector in the background', () => {
  const quick = { refreshEveryMs: 10, absentAfterMs: 100 }

  test('refreshes again and again, one refresh at a time', async () => {
    let running = 0
    let most = 0
    let done = 0
    const collector = startCollector({
      name: 'test',
      clear: () => undefined,
      ...quick,
      collect: async () => {
        running += 1
        most = Math.max(most, running)
        await sleep(25)
        running -= 1
        done += 1
      },
    })
    await Promise.all([collector.refresh(), collector.refresh(), vi.waitUntil(() => done >= 3)])
    collector.stop()
    expect(most).toBe(1)
    expect(await seriesOf('paraph_collector_last_success_timestamp_seconds')).toEqual([
      expect.stringMatching(/^paraph_collector_last_success_timestamp_seconds\{collector="test"\} \d{10}/),
    ])
  })

  test('that fails keeps its last values for a while, then removes them, and recovers', async () => {
    let cleared = 0
    let works = false
    const collector = startCollector({
      name: 'test-failing',
      ...quick,
      clear: () => {
        cleared += 1
      },
      collect: async () => {
        if (!works) throw new Error(MARKER)
      },
    })
    await sleep(50)
    expect(cleared).toBe(0)
    await vi.waitUntil(() => cleared > 0)
    works = true
    await collector.refresh()
    await vi.waitUntil(async () => (await printMetrics()).includes('collector="test-failing"'))
    collector.stop()
  })

  test('that hangs loses its values too: they would be those of long ago', async () => {
    let cleared = 0
    const collector = startCollector({
      name: 'test-hanging',
      ...quick,
      clear: () => {
        cleared += 1
      },
      collect: () => new Promise(() => undefined),
    })
    await vi.waitUntil(() => cleared > 0)
    collector.stop()
    expect(cleared).toBeGreaterThan(0)
  })

  test('that is stopped in the middle leaves nothing behind', async () => {
    const gauge = defineGauge('test_stopped', 'A test.', {})
    const collector = startCollector({
      name: 'test-stopped',
      refreshEveryMs: 10_000,
      clear: gauge.clear,
      collect: async () => {
        await sleep(20)
        gauge.set({}, 1)
      },
    })
    const refresh = collector.refresh()
    collector.stop()
    await refresh
    expect(await seriesOf('test_stopped')).toEqual([])
  })
})
