import { type EventLoopUtilization, monitorEventLoopDelay } from 'node:perf_hooks'
import { collectAtScrape } from './collector.ts'
import { defineGauge } from './metrics.ts'

const RESOLUTION_MS = 20
const PERIOD_MS = 5_000

const both = { exposedBy: 'both', labels: {} } as const
const lagP50 = defineGauge({
  ...both,
  name: 'nodejs_eventloop_lag_p50_seconds',
  help: 'Delay of the event loop in the last five to ten seconds, median.',
})
const lagP99 = defineGauge({
  ...both,
  name: 'nodejs_eventloop_lag_p99_seconds',
  help: 'Delay of the event loop in the last five to ten seconds, 99th percentile.',
})
const lagMax = defineGauge({
  ...both,
  name: 'nodejs_eventloop_lag_max_seconds',
  help: 'Delay of the event loop in the last five to ten seconds, longest.',
})
const utilization = defineGauge({
  ...both,
  name: 'nodejs_eventloop_utilization_ratio',
  help: 'Part of the last five to ten seconds in which the event loop was busy.',
})

type Span = {
  readonly delay: ReturnType<typeof monitorEventLoopDelay>
  readonly since: EventLoopUtilization
}

function beginSpan(): Span {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  return { delay, since: performance.eventLoopUtilization() }
}

/**
 * Watches how late the event loop is, over the last one to two periods: several readers (two servers of Prometheus, the
 * doctor) would take each other's findings away if it were since the previous scrape. The library's
 * `nodejs_eventloop_lag_seconds` is not among the gauges: it tells of the time that a scrape took, and of nothing else.
 */
export function watchEventLoop(periodMs = PERIOD_MS): void {
  let [older, newer] = [beginSpan(), beginSpan()]
  setInterval(() => {
    older.delay.disable()
    ;[older, newer] = [newer, beginSpan()]
  }, periodMs).unref()
  // The timer's own interval is part of what is measured; before the first measurement there is nothing but 0.
  const lagOf = (nanoseconds: number) => Math.max(0, (nanoseconds / 1e6 - RESOLUTION_MS) / 1_000)
  collectAtScrape({
    name: 'event-loop',
    gauges: [lagP50, lagP99, lagMax, utilization],
    read: () => {
      const { delay, since } = older
      return [
        lagP50.at({}, lagOf(delay.percentile(50))),
        lagP99.at({}, lagOf(delay.percentile(99))),
        lagMax.at({}, lagOf(delay.max)),
        utilization.at({}, performance.eventLoopUtilization(since).utilization),
      ]
    },
  })
}
