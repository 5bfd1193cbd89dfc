import { runInBackground } from './background.ts'
import { DeadlineError, withinMs } from './deadline.ts'
import { type AnyGauge, defineCounter, defineGauge, publishReadings, type Reading } from './metrics.ts'
import { BACKGROUND_COLLECTORS, COLLECTORS, type CollectorName } from './vocabulary.ts'
import { warnOncePerMinute } from './warn.ts'

const lastSuccess = defineGauge({
  name: 'paraph_collector_last_success_timestamp_seconds',
  help: 'When a collector that works in the background last succeeded, in seconds since the epoch.',
  exposedBy: 'both',
  labels: { collector: BACKGROUND_COLLECTORS },
})
const errors = defineCounter({
  name: 'paraph_collector_errors_total',
  help: 'Refreshes of gauges that failed, took too long or gave garbage.',
  exposedBy: 'both',
  labels: { collector: COLLECTORS },
})

function countFailure(name: CollectorName, error: unknown): void {
  errors.inc({ collector: name })
  warnOncePerMinute('metrics.collect-failed', name, error)
}

/** Where gauges come from: everything it read replaces everything it read before. */
type Source<R, N extends CollectorName = CollectorName> = {
  readonly name: N
  readonly gauges: readonly AnyGauge[]
  readonly read: () => R
}

const atScrape = new Map<CollectorName, Source<readonly Reading[]>>()

/** Reads what this process knows by itself at every scrape; `read` waits for nobody. Call the result to end it. */
export function collectAtScrape(source: Source<readonly Reading[]>): () => void {
  atScrape.set(source.name, source)
  return () => {
    if (atScrape.get(source.name) !== source) return
    atScrape.delete(source.name)
    for (const gauge of source.gauges) gauge.clear()
  }
}

/** Refreshes what is collected at a scrape. A source that fails has no values; the others are not concerned. */
export function collectNow(): void {
  for (const { name, gauges, read } of atScrape.values()) {
    try {
      publishReadings(gauges, read())
    } catch (error) {
      for (const gauge of gauges) gauge.clear()
      countFailure(name, error)
    }
  }
}

export type Collector = { refresh(): Promise<void>; stop(): void }

const REFRESH_EVERY_MS = 5_000
/** Longer than the statement timeout of the database's gauges and their time to connect. */
const REFRESH_LIMIT_MS = 5_000
const ABSENT_AFTER_MS = 90_000

/**
 * Keeps gauges of a slow source fresh in the background, so that a scrape never waits for it. One refresh is in flight;
 * one that takes longer than `refreshLimitMs` is abandoned, and `abandon` frees what it holds on to. When none succeeded
 * for 90 s the gauges are absent, which is honest. `stop` removes them, whatever is still in flight.
 */
export function startCollector(
  source: Source<Promise<readonly Reading[]>, (typeof BACKGROUND_COLLECTORS)[number]>,
  options: {
    abandon?: () => void
    refreshEveryMs?: number
    refreshLimitMs?: number
    absentAfterMs?: number
  } = {},
): Collector {
  const { name, gauges } = source
  let inFlight: Promise<void> | undefined
  let succeededAt = performance.now()
  let isStopped = false

  async function attempt(): Promise<void> {
    try {
      const readings = await withinMs(options.refreshLimitMs ?? REFRESH_LIMIT_MS, source.read())
      if (isStopped) return
      publishReadings(gauges, readings)
      succeededAt = performance.now()
      lastSuccess.set({ collector: name }, Date.now() / 1_000)
    } catch (error) {
      if (error instanceof DeadlineError) options.abandon?.()
      if (!isStopped) countFailure(name, error)
    }
  }
  function refresh(): Promise<void> {
    inFlight ??= runInBackground(attempt).finally(() => {
      inFlight = undefined
    })
    return inFlight
  }
  function clear(): void {
    for (const gauge of gauges) gauge.clear()
  }
  function tick(): void {
    if (performance.now() - succeededAt > (options.absentAfterMs ?? ABSENT_AFTER_MS)) clear()
    void refresh()
  }

  const timer = setInterval(tick, options.refreshEveryMs ?? REFRESH_EVERY_MS)
  timer.unref()
  tick()
  return {
    refresh,
    stop: () => {
      isStopped = true
      clearInterval(timer)
      clear()
      lastSuccess.remove({ collector: name })
    },
  }
}
