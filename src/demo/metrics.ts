import { setTimeout as sleep } from 'node:timers/promises'
import { parseExposition } from '../observability/exposition.ts'

/** One sample of a metric, as the JSON report gives it. */
export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }
export type Samples = Readonly<Record<string, readonly Sample[]>>

/** Metrics of a process or a disk rather than of the application; adding them up would mean nothing. */
const OF_A_PROCESS = /^(process|nodejs|database_pool|disk|metrics_scrape)_/

const GAUGES_READ_AT = 'paraph_collector_last_success_timestamp_seconds'
const PATIENCE_MS = 15_000

/** As `readMetrics`, once the gauges that come from the database have been read anew, or after 15 s. */
export async function readSettledMetrics(urls: readonly string[]): Promise<Samples> {
  const since = Date.now() / 1_000
  for (let waited = 0; ; waited += 250) {
    const metrics = await readMetrics(urls)
    // Only one worker speaks for the database, so that this one is no sum.
    const readAt =
      metrics[GAUGES_READ_AT]?.find(({ labels }) => labels['collector'] === 'database')?.value ?? 0
    if (readAt > since || waited >= PATIENCE_MS) return metrics
    await sleep(250)
  }
}

/** Reads `/metrics` of every process and adds up the samples of equal name and labels. */
async function readMetrics(urls: readonly string[]): Promise<Samples> {
  const sums = new Map<string, Map<string, Sample>>()
  for (const url of urls) {
    const text = await (await fetch(url)).text()
    for (const sample of parseExposition(text)) add(sums, sample)
  }
  return Object.fromEntries([...sums].map(([name, samples]) => [name, [...samples.values()]]))
}

function add(
  sums: Map<string, Map<string, Sample>>,
  { name, labels, value }: Sample & { name: string },
): void {
  if (OF_A_PROCESS.test(name)) return
  const key = JSON.stringify(Object.entries(labels).sort())
  const samples = sums.get(name) ?? new Map<string, Sample>()
  sums.set(name, samples.set(key, { labels, value: (samples.get(key)?.value ?? 0) + value }))
}
