import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectAtScrape } from './collector.ts'
import { defineGauge } from './metrics.ts'

const RESOLUTION_MS = 20

const both = { exposedBy: 'both', labels: {} } as const
const lagP50 = defineGauge({
  ...both,
  name: 'nodejs_eventloop_lag_p50_seconds',
  help: 'Delay of the event loop since the previous scrape, median.',
})
const lagP99 = defineGauge({
  ...both,
  name: 'nodejs_eventloop_lag_p99_seconds',
  help: 'Delay of the event loop since the previous scrape, 99th percentile.',
})
const lagMax = defineGauge({
  ...both,
  name: 'nodejs_eventloop_lag_max_seconds',
  help: 'Delay of the event loop since the previous scrape, longest.',
})
const utilization = defineGauge({
  ...both,
  name: 'nodejs_eventloop_utilization_ratio',
  help: 'Part of the time since the previous scrape in which the event loop was busy.',
})

/**
 * Watches how late the event loop is. The library's `nodejs_eventloop_lag_seconds` is not among the gauges: it tells of
 * the time that the previous scrape took, and of nothing else.
 */
export function watchEventLoop(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let before = performance.eventLoopUtilization()
  // The timer's own interval is part of what is measured; before the first measurement there is nothing but 0.
  const lagOf = (nanoseconds: number) => Math.max(0, (nanoseconds / 1e6 - RESOLUTION_MS) / 1_000)
  collectAtScrape({
    name: 'event-loop',
    gauges: [lagP50, lagP99, lagMax, utilization],
    read: () => {
      const now = performance.eventLoopUtilization()
      const readings = [
        lagP50.at({}, lagOf(delay.percentile(50))),
        lagP99.at({}, lagOf(delay.percentile(99))),
        lagMax.at({}, lagOf(delay.max)),
        utilization.at({}, performance.eventLoopUtilization(now, before).utilization),
      ]
      before = now
      delay.reset()
      return readings
    },
  })
}
