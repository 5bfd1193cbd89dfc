import '../../src/bin/api.ts'
import '../../src/bin/witness.ts'
import '../../src/bin/worker.ts'
import { type DeclaredFamily, declaredFamilies } from '../../src/observability/metrics.ts'
import { markdownTable } from '../support/markdown.ts'

/** Every family, by name. */
export const FAMILIES: readonly DeclaredFamily[] = declaredFamilies().toSorted((a, b) =>
  a.name < b.name ? -1 : 1,
)

const OWNERS = {
  api: ['both', 'api'],
  worker: ['both', 'worker', 'sweeper'],
  witness: ['both', 'witness'],
} as const
export type Role = keyof typeof OWNERS

/** How many series the processes of a role can have at most, whatever they are asked. */
export function mostSeriesOf(role: Role): number {
  const own = FAMILIES.filter(({ exposedBy }) => OWNERS[role].some((owner) => owner === exposedBy))
  return own.reduce((sum, family) => sum + mostSeries(family), 0)
}

/** Each combination of labels is one series, of a histogram one for each bound, `+Inf`, the sum and the count. */
function mostSeries({ labels, limit, buckets }: DeclaredFamily): number {
  const sizeOf = (name: string) => [...(labels[name] ?? [])].length
  const product = (names: readonly string[]) => names.map(sizeOf).reduce((all, size) => all * size, 1)
  const names = Object.keys(labels)
  const combinations = limit
    ? limit.combinations + product(names.filter((name) => !(name in limit.overflow)))
    : product(names)
  return combinations * (buckets ? buckets.length + 3 : 1)
}

const SECTIONS = [
  ['both', 'Both processes'],
  ['api', 'The api'],
  ['worker', 'The worker'],
  ['sweeper', 'The worker that sweeps'],
  ['witness', 'The witness'],
] as const

/** `docs/metrics.md`. */
export function writeMetricsPage(): string {
  return `# Metrics

Every metric that Paraph exports, in the text format of Prometheus. The api shows its own at \`/metrics\` on port 9464,
the worker on the next one (\`PARAPH_METRICS_PORT\`). This page is generated from the definitions by
\`npx vitest run test/docs -u\`; a test fails when it is not as they are. The last column is the number of series at most:
${mostSeriesOf('api')} of the api and ${mostSeriesOf('worker')} of the worker in all, of 600 that each may have (\`docs/adr/0010-series-budget.md\`).

Every series of a counter and of a histogram is there at 0 from the start, except those of HTTP for statuses that did
not occur yet. A gauge is absent while nobody knows its value: those of the database are shown by one worker only, the
one that sweeps, so that rules use \`max\`; they are absent once no refresh has succeeded for 90 seconds, and
\`paraph_collector_last_success_timestamp_seconds\` says how old they are before that.

${SECTIONS.map(([exposedBy, title]) => `## ${title}\n\n${tableOf(exposedBy)}`).join('\n\n')}

## Bounds of the histograms

${markdownTable(
  ['metric', 'upper bounds in seconds'],
  FAMILIES.filter(({ buckets }) => buckets).map(({ name, buckets = [] }) => [
    `\`${name}\``,
    buckets.join(' '),
  ]),
)}
`
}

function tableOf(exposedBy: DeclaredFamily['exposedBy']): string {
  return markdownTable(
    ['metric', 'type', 'labels', 'meaning', 'series'],
    FAMILIES.filter((family) => family.exposedBy === exposedBy).map((family) => [
      `\`${family.name}\``,
      family.type,
      describeLabels(family),
      family.help,
      String(mostSeries(family)),
    ]),
  )
}

function describeLabels({ labels }: DeclaredFamily): string {
  return Object.entries(labels)
    .map(([name, values]) => `\`${name}\`: ${[...values].includes('*') ? TEMPLATES : [...values].join(', ')}`)
    .join(' · ')
}

const TEMPLATES = 'the template of a declared route, or `*`'
