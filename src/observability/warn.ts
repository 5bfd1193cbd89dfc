import type { Fields } from './fields.ts'
import { log } from './log.ts'

const MINUTE_MS = 60_000
const warnedAt = new Map<string, number>()

/**
 * Warns about a metric or a collector, at most once a minute for each: what fails at every request or scrape would
 * otherwise fill the log. Never throws, not even when the log does.
 */
export function warnOncePerMinute(
  event: 'metrics.record-failed' | 'metrics.collect-failed',
  name: NonNullable<Fields['metric.name']>,
  error: unknown,
): void {
  const now = performance.now()
  if (now - (warnedAt.get(name) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return
  warnedAt.set(name, now)
  try {
    log.metrics.warning(event, { 'metric.name': name }, error)
  } catch {
    // There is nowhere left to say it.
  }
}
