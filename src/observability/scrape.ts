import { setImmediate as nextTurn } from 'node:timers/promises'
import { runInBackground } from './background.ts'
import { collectNow } from './collector.ts'
import type { MetricName } from './fields.ts'
import { defineGauge, registry } from './metrics.ts'
import { warnOncePerMinute } from './warn.ts'

const scrapeDuration = defineGauge({
  name: 'metrics_scrape_duration_seconds',
  help: 'Time that the previous rendering of the metrics took.',
  exposedBy: 'both',
  labels: {},
})

let rendering: Promise<string> | undefined

/**
 * The text of `/metrics`, of what is in memory: it waits for nothing, and whoever asks at the same time shares it. A
 * family that cannot be printed is left out and logged; the others are there all the same. Never throws.
 */
export function printMetrics(): Promise<string> {
  rendering ??= runInBackground(render).finally(() => {
    rendering = undefined
  })
  return rendering
}

async function render(): Promise<string> {
  // Scrapes that came in the same turn of the event loop are all here before the work begins.
  await nextTurn()
  const startedAt = performance.now()
  collectNow()
  const texts = await Promise.all(registry.getMetricsAsArray().map(({ name }) => print(name as MetricName)))
  scrapeDuration.set({}, (performance.now() - startedAt) / 1_000)
  return `${texts.filter((text) => text !== undefined).join('\n\n')}\n`
}

async function print(name: MetricName): Promise<string | undefined> {
  try {
    return await registry.getSingleMetricAsString(name)
  } catch (error) {
    warnOncePerMinute('metrics.collect-failed', name, error)
    return undefined
  }
}
