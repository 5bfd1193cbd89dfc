import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { configureLogging } from './log.ts'
import {
  declaredFamilies,
  defineCounter,
  defineGauge,
  defineHistogram,
  exposeMetrics,
  publishReadings,
  type Reading,
} from './metrics.ts'
import { printMetrics } from './scrape.ts'

const MARKER = 'ZoeMarqueur'
const test_ = { help: 'A metric of a test.', exposedBy: 'both' } as const
let lines: string[] = []

beforeEach(() => {
  lines = []
  const memory = { write: (line: string) => void lines.push(line) }
  configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
})
afterEach(() => configureLogging(undefined))

/** The lines of `/metrics` that begin so, comments left out. */
async function seriesOf(name: string): Promise<string[]> {
  exposeMetrics('api')
  return (await printMetrics()).split('\n').filter((line) => line.startsWith(name))
}
const recordErrors = async () => Number((await seriesOf('metrics_record_errors_total'))[0]?.split(' ')[1])

test('every combination of closed labels of a counter is there at 0 before anything happened', async () => {
  defineCounter({ ...test_, name: 'test_closed_total', labels: { a: ['x', 'y'], b: ['1', '2', '3'] } })
  defineCounter({ ...test_, name: 'test_bare_total', labels: {} })
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
  const labels = { status: ['success', 'failed'] } as const
  defineHistogram({ ...test_, name: 'test_closed_seconds', labels, buckets: [0.5, 1] })
  const series = await seriesOf('test_closed_seconds')
  expect(series).toHaveLength(2 * 5)
  expect(series.every((line) => line.endsWith(' 0'))).toBe(true)
  expect(series).toContain('test_closed_seconds_bucket{le="+Inf",status="failed"} 0')
})

test('a gauge is absent until somebody knows its value, and again once it is cleared', async () => {
  const depth = defineGauge({ ...test_, name: 'test_depth', labels: { queue: ['one', 'two'] } })
  const age = defineGauge({ ...test_, name: 'test_age', labels: {} })
  const series = async () => [...(await seriesOf('test_depth')), ...(await seriesOf('test_age'))]
  expect(await series()).toEqual([])
  depth.set({ queue: 'one' }, 4)
  depth.set({ queue: 'two' }, 5)
  age.set({}, 9)
  depth.remove({ queue: 'two' })
  expect(await series()).toEqual(['test_depth{queue="one"} 4', 'test_age 9'])
  depth.clear()
  age.clear()
  expect(await series()).toEqual([])
})

test('what is recorded is counted, and a duration falls into its buckets', async () => {
  const total = defineCounter({ ...test_, name: 'test_recorded_total', labels: { a: ['x', 'y'] } })
  total.inc({ a: 'x' })
  total.inc({ a: 'x' }, 2)
  expect(await seriesOf('test_recorded_total')).toEqual([
    'test_recorded_total{a="x"} 3',
    'test_recorded_total{a="y"} 0',
  ])
  const seconds = defineHistogram({ ...test_, name: 'test_recorded_seconds', labels: {}, buckets: [0.5, 1] })
  for (const duration of [0.5, 0.7, 7]) seconds.observe({}, duration)
  expect(await seriesOf('test_recorded_seconds')).toEqual([
    'test_recorded_seconds_bucket{le="0.5"} 1',
    'test_recorded_seconds_bucket{le="1"} 2',
    'test_recorded_seconds_bucket{le="+Inf"} 3',
    'test_recorded_seconds_sum 8.2',
    'test_recorded_seconds_count 3',
  ])
})

describe('a process shows', () => {
  test.each([
    ['api', ['test_by_api', 'test_by_both']],
    ['worker', ['test_by_both', 'test_by_sweeper', 'test_by_worker']],
  ] as const)(
    'what it owns and nothing else, and the other can record all the same: %s',
    async (role, names) => {
      vi.resetModules()
      const fresh = await import('./metrics.ts')
      const { printMetrics: print } = await import('./scrape.ts')
      for (const exposedBy of ['api', 'worker', 'sweeper', 'both'] as const) {
        fresh.defineGauge({ name: `test_by_${exposedBy}`, help: 'A.', exposedBy, labels: {} }).set({}, 1)
      }
      fresh.exposeMetrics(role)
      fresh.exposeMetrics(role)
      const shown = (await print()).split('\n').filter((line) => line.startsWith('test_by_'))
      expect(shown.sort()).toEqual(names.map((name) => `${name} 1`))
    },
  )

  test('no name for two things', () => {
    defineCounter({ ...test_, name: 'test_twice_total', labels: {} })
    expect(() => defineGauge({ ...test_, name: 'test_twice_total', labels: {} })).toThrow(/declared twice/)
    expect(declaredFamilies().filter(({ name }) => name === 'test_twice_total')).toHaveLength(1)
  })
})

describe('a family with a limit', () => {
  const paths = new Set(['/a', '/b', '/c', '*'])
  const labels = { path: paths, status: ['200', '500'] } as const
  const overflow = { path: '*' }

  test('has room for so many combinations; the others are counted together, and none is lost', async () => {
    const limit = { combinations: 3, overflow }
    const total = defineCounter({ ...test_, name: 'test_limited_total', labels, limit })
    total.series({ path: '/a', status: '200' })
    for (const path of ['*', '/a', '/b', '/b', '/c', '/c', '/d']) {
      for (const status of ['200', '500'] as const) total.inc({ path, status })
    }
    expect(await seriesOf('test_limited_total')).toEqual([
      'test_limited_total{path="*",status="200"} 3',
      'test_limited_total{path="*",status="500"} 5',
      'test_limited_total{path="/a",status="200"} 1',
      'test_limited_total{path="/a",status="500"} 1',
      'test_limited_total{path="/b",status="200"} 2',
    ])
  })

  test('hands out series of durations, those of the others to whom there is no room for', async () => {
    const limit = { combinations: 1, overflow }
    const seconds = defineHistogram({ ...test_, name: 'test_limited_seconds', labels, buckets: [1], limit })
    const [first, second] = [{ path: '/a', status: '200' } as const, { path: '/b', status: '200' } as const]
    for (const labels of [first, second]) seconds.series(labels).observe(1)
    seconds.observe(first, 1)
    seconds.series(first).observe(Number.NaN)
    expect((await seriesOf('test_limited_seconds_count')).sort()).toEqual([
      'test_limited_seconds_count{path="*",status="200"} 1',
      'test_limited_seconds_count{path="*",status="500"} 0',
      'test_limited_seconds_count{path="/a",status="200"} 2',
    ])
  })

  test('knows the values of a list that grows while the process starts', async () => {
    const limit = { combinations: 9, overflow }
    const total = defineCounter({ ...test_, name: 'test_growing_total', labels: { path: paths }, limit })
    total.inc({ path: '/late' })
    paths.add('/late')
    total.inc({ path: '/late' })
    expect(await seriesOf('test_growing_total')).toEqual([
      'test_growing_total{path="*"} 0',
      'test_growing_total{path="/late"} 1',
    ])
  })
})

describe('a recording that is not legal', () => {
  const counter = defineCounter({ ...test_, name: 'test_refused_total', labels: { a: ['x', 'y'], b: ['1'] } })
  const histogram = defineHistogram({
    ...test_,
    name: 'test_refused_seconds',
    labels: { a: ['x'] },
    buckets: [1],
  })
  const gauge = defineGauge({ ...test_, name: 'test_refused', labels: { a: ['x'] } })
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error(MARKER)
      },
    },
  )
  let isRead = false
  const twoFaced = {
    b: '1',
    get a() {
      const value = isRead ? MARKER : 'x'
      isRead = true
      return value
    },
  }

  test.each<[string, () => void]>([
    ['a label that is not declared', () => counter.inc({ a: 'x', b: '1', name: MARKER } as never)],
    ['a label that is missing', () => counter.inc({ a: 'x' } as never)],
    ['a label of the prototype', () => counter.inc({ a: 'x', toString: '1' } as never)],
    ['a value that is not of the list', () => counter.inc({ a: MARKER, b: '1' } as never)],
    ['a value that is not a text', () => counter.inc({ a: 'x', b: { name: MARKER } } as never)],
    ['no labels at all', () => counter.inc(undefined as never)],
    ['labels that are a text', () => counter.inc(MARKER as never)],
    ['labels that throw', () => counter.inc(hostile as never)],
    ['a count that is not a number', () => counter.inc({ a: 'x', b: '1' }, Number.NaN)],
    ['a count backwards', () => counter.inc({ a: 'x', b: '1' }, -1)],
    ['a count that is a symbol', () => counter.inc({ a: 'x', b: '1' }, Symbol(MARKER) as never)],
    ['a duration that is not a number', () => histogram.observe({ a: 'x' }, Number.NaN)],
    ['a duration backwards', () => histogram.observe({ a: 'x' }, -0.1)],
    ['a duration of an unknown kind', () => histogram.observe({ a: MARKER } as never, 1)],
    ['a gauge that is not a number', () => gauge.set({ a: 'x' }, MARKER as never)],
    ['a gauge without end', () => gauge.set({ a: 'x' }, Number.POSITIVE_INFINITY)],
    ['a gauge below zero', () => gauge.set({ a: 'x' }, -1)],
    ['a gauge of an unknown kind', () => gauge.set({ a: MARKER } as never, 1)],
  ])('(%s) throws nothing, makes no series and is counted', async (_title, record) => {
    const before = await recordErrors()
    expect(record).not.toThrow()
    expect(await recordErrors()).toBe(before + 1)
    expect(`${await printMetrics()}${lines}`).not.toContain(MARKER)
    expect((await seriesOf('test_refused')).filter((line) => !line.endsWith(' 0'))).toEqual([])
  })

  test('is a warning once a minute for each metric, however often it happens', () => {
    const noisy = defineGauge({ ...test_, name: 'test_noisy', labels: {} })
    for (let index = 0; index < 100; index += 1) noisy.set({}, Number.NaN)
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'WARNING',
        event: 'metrics.record-failed',
        'metric.name': 'test_noisy',
      }),
    ])
  })

  test('throws nothing even when the log does', async () => {
    const broken = {
      write: () => {
        throw new Error(MARKER)
      },
    }
    configureLogging({ app: broken, audit: broken, now: () => new Date(0) })
    const unlucky = defineGauge({ ...test_, name: 'test_unlucky', labels: {} })
    expect(() => unlucky.set({}, Number.NaN)).not.toThrow()
  })

  test('with labels that say another thing when they are read again records what was checked', async () => {
    counter.inc(twoFaced as never)
    expect(await seriesOf('test_refused_total{a="x"')).toEqual(['test_refused_total{a="x",b="1"} 1'])
    expect(await printMetrics()).not.toContain(MARKER)
  })
})

describe('readings', () => {
  const size = defineGauge({ ...test_, name: 'test_size', labels: { kind: ['one', 'two'] } })
  const other = defineGauge({ ...test_, name: 'test_other', labels: {} })

  test('replace everything that their gauges had', async () => {
    size.set({ kind: 'one' }, 1)
    publishReadings([size], [size.at({ kind: 'two' }, 2)])
    expect(await seriesOf('test_size')).toEqual(['test_size{kind="two"} 2'])
  })

  test.each<[string, unknown]>([
    ['of NaN', [size.at({ kind: 'one' }, Number.NaN)]],
    ['of nothing', [size.at({ kind: 'one' }, undefined as never)]],
    ['below zero', [size.at({ kind: 'one' }, -1)]],
    ['of a text', [size.at({ kind: 'one' }, MARKER as never)]],
    ['with labels that are not declared', [size.at({ kind: MARKER } as never, 1)]],
    ['of a gauge that is not concerned', [other.at({}, 1)]],
    ['that are none', undefined],
    ['that are texts', [MARKER]],
    ['that are empty', [undefined]],
  ])('%s are refused as a whole, and nothing changes', async (_title, readings) => {
    publishReadings([size], [size.at({ kind: 'two' }, 2)])
    const mixed = Array.isArray(readings) ? [size.at({ kind: 'two' }, 7), ...readings] : readings
    expect(() => publishReadings([size], mixed as readonly Reading[])).toThrow(TypeError)
    expect(await seriesOf('test_size')).toEqual(['test_size{kind="two"} 2'])
  })
})

test('labels outside of the lists do not compile', () => {
  const labels = { a: ['x', 'y'], path: new Set<'/a' | '*'>() } as const
  const counter = defineCounter({ ...test_, name: 'test_typed_total', labels })
  type Expected = { readonly a: 'x' | 'y'; readonly path: '/a' | '*' }
  expectTypeOf(counter.inc).parameter(0).toEqualTypeOf<Expected>()
})
