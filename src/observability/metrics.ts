import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client'
import { log } from './log.ts'

/** Each label with the closed list of its values, or `open` for route templates and status codes. */
export type LabelLists = Readonly<Record<string, readonly string[] | 'open'>>
type ValuesOf<L extends LabelLists> = {
  readonly [K in keyof L]: L[K] extends readonly string[] ? L[K][number] : string
}

/** The registry of this process; `/metrics` prints it. */
export const registry = new Registry()

const recordErrors = new Counter({
  name: 'metrics_record_errors_total',
  help: 'Observations that could not be recorded.',
  registers: [registry],
})

/** Recording never throws into the work it measures. */
function recordSafely(name: string, record: () => void): void {
  try {
    record()
  } catch (error) {
    recordErrors.inc()
    log.metrics.warning('metrics.record-failed', { 'metric.name': name }, error)
  }
}

/**
 * Throws unless the labels are those declared, with values of their lists: the library takes any value and a missing
 * label, and each would be a series for ever. The message names no value.
 */
function assertLegal(labels: LabelLists, values: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(labels)
  const isLegal = (name: string) => {
    const [list, value] = [labels[name], values[name]]
    return typeof value === 'string' && (list === 'open' || list?.includes(value) === true)
  }
  if (Object.keys(values).length !== names.length || !names.every(isLegal))
    throw new TypeError('labels not declared')
}

/** Throws for what would spoil a series for ever: NaN and infinities. */
function assertNumber(value: number): void {
  if (!Number.isFinite(value)) throw new TypeError('not a number')
}

/** Every legal combination of closed label values; empty when a label is open. */
function combinations(labels: LabelLists): Record<string, string>[] {
  let rows: Record<string, string>[] = [{}]
  for (const [name, values] of Object.entries(labels)) {
    if (values === 'open') return []
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value })))
  }
  return rows
}

/** A counter whose series all exist at 0 from the start, so that `rate()` and `absent()` tell the truth. */
export function defineCounter<const L extends LabelLists>(name: string, help: string, labels: L) {
  const counter = new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry] })
  for (const row of combinations(labels)) counter.inc(row, 0)
  return {
    inc: (values: ValuesOf<L>, by = 1): void =>
      recordSafely(name, () => {
        assertLegal(labels, values)
        assertNumber(by)
        counter.inc({ ...values }, by)
      }),
  }
}

/** A histogram of seconds with its closed labels pre-created. */
export function defineHistogram<const L extends LabelLists>(
  name: string,
  help: string,
  labels: L,
  buckets: readonly number[],
) {
  const histogram = new Histogram({
    name,
    help,
    labelNames: Object.keys(labels),
    buckets: [...buckets],
    registers: [registry],
  })
  for (const row of combinations(labels)) histogram.zero(row)
  return {
    observe: (values: ValuesOf<L>, seconds: number): void =>
      recordSafely(name, () => {
        assertLegal(labels, values)
        assertNumber(seconds)
        histogram.observe({ ...values }, seconds)
      }),
  }
}

/** A gauge set by the code that knows the value; absent until then. */
export function defineGauge<const L extends LabelLists>(name: string, help: string, labels: L) {
  const gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] })
  function clear(): void {
    gauge.reset()
    // Without labels the library goes back to 0, which would be a lie.
    if (Object.keys(labels).length === 0) gauge.remove()
  }
  clear()
  return {
    set: (values: ValuesOf<L>, value: number): void =>
      recordSafely(name, () => {
        assertLegal(labels, values)
        assertNumber(value)
        gauge.set({ ...values }, value)
      }),
    clear: (): void => recordSafely(name, clear),
  }
}

const SCRAPE_LIMIT_MS = 2_000

/**
 * The text of `/metrics`. A metric that throws, hangs or gives what cannot be printed is left out and logged; the
 * others are there all the same. Never throws.
 */
export async function printMetrics(limitMs = SCRAPE_LIMIT_MS): Promise<string> {
  const texts = await Promise.all(
    registry.getMetricsAsArray().map((metric) => printMetric(metric.name, limitMs)),
  )
  return `${texts.filter((text) => text !== undefined).join('\n\n')}\n`
}

async function printMetric(name: string, limitMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('a metric took too long')), limitMs)
  })
  try {
    return await Promise.race([registry.getSingleMetricAsString(name), limit])
  } catch (error) {
    log.metrics.error('metrics.collect-failed', { 'metric.name': name }, error)
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/** CPU, memory, garbage collection, event loop and file descriptors of this process. */
export function startProcessMetrics(): void {
  collectDefaultMetrics({ register: registry })
}

export type Collector = { refresh(): Promise<void>; stop(): void }

const REFRESH_EVERY_MS = 5_000
const ABSENT_AFTER_MS = 90_000

/**
 * Keeps gauges that come from a slow source fresh in the background, so that a scrape never waits for it. One refresh
 * is in flight at most; when none succeeded for 90 s, because it fails or because it hangs, `clear` removes the gauges,
 * since an absent value is honest. After `stop` a refresh that was in flight leaves nothing behind.
 */
export function startCollector(options: {
  name: string
  collect: () => Promise<void>
  clear: () => void
  refreshEveryMs?: number
  absentAfterMs?: number
}): Collector {
  const absentAfterMs = options.absentAfterMs ?? ABSENT_AFTER_MS
  let inFlight: Promise<void> | undefined
  let lastSuccess = performance.now()
  let isStopped = false

  async function collectOnce(): Promise<void> {
    try {
      await options.collect()
      lastSuccess = performance.now()
      collectorSuccess.set({ collector: options.name }, Date.now() / 1_000)
    } catch (error) {
      log.metrics.warning('metrics.collect-failed', { 'metric.name': options.name }, error)
    }
    if (isStopped) options.clear()
  }
  function refresh(): Promise<void> {
    inFlight ??= collectOnce().finally(() => {
      inFlight = undefined
    })
    return inFlight
  }
  function tick(): void {
    if (performance.now() - lastSuccess > absentAfterMs) options.clear()
    void refresh()
  }

  const timer = setInterval(tick, options.refreshEveryMs ?? REFRESH_EVERY_MS)
  timer.unref()
  return {
    refresh,
    stop: () => {
      isStopped = true
      clearInterval(timer)
    },
  }
}

const collectorSuccess = defineGauge(
  'paraph_collector_last_success_timestamp_seconds',
  'When a background collector last succeeded, in seconds since the epoch.',
  { collector: 'open' },
)
