import { Counter, Gauge as GaugeMetric, Histogram, type Metric, Registry } from '@prometheus-io/client'
import type { MetricName } from './fields.ts'
import {
  combinationsOf,
  type LabelLists,
  type LabelSets,
  type Labels,
  type LabelsOf,
  parseLabels,
  toSets,
} from './labels.ts'
import { warnOncePerMinute } from './warn.ts'

/** Which process shows a family; `sweeper` is the worker that speaks for the database. */
export type Exposure = 'api' | 'worker' | 'sweeper' | 'witness' | 'both'

/** A metric as it is declared: data, for its page and its tests. */
export type Family<L extends LabelLists = LabelLists> = {
  readonly name: string
  readonly help: string
  readonly exposedBy: Exposure
  readonly labels: L
}
export type DeclaredFamily = Family & {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly buckets?: readonly number[]
  readonly limit?: SeriesLimit
}

/** For labels whose product is too large: so many combinations, besides those that `overflow` leaves for the others. */
export type SeriesLimit<L extends LabelLists = LabelLists> = {
  readonly combinations: number
  readonly overflow: Partial<LabelsOf<L>>
}

/** The registry of this process; `/metrics` prints it. */
export const registry = new Registry()

const declared = new Map<string, { readonly family: DeclaredFamily; readonly metric: Metric }>()

/** Every family that the imported rooms declare. */
export function declaredFamilies(): readonly DeclaredFamily[] {
  return [...declared.values()].map(({ family }) => family)
}

const OWNERS = {
  api: ['both', 'api'],
  worker: ['both', 'worker', 'sweeper'],
  witness: ['both', 'witness'],
} as const

/**
 * Shows what a process of this role owns on `/metrics`. Rooms declare their families when they are imported, and both
 * processes import most rooms; what is not shown can still be recorded, to no effect.
 */
export function exposeMetrics(role: keyof typeof OWNERS): void {
  const owners: readonly Exposure[] = OWNERS[role]
  for (const { family, metric } of declared.values()) {
    if (owners.includes(family.exposedBy)) registry.registerMetric(metric)
  }
}

function declare<M extends Metric>(family: DeclaredFamily, metric: M): M {
  if (declared.has(family.name)) throw new Error(`${family.name} is declared twice`)
  declared.set(family.name, { family, metric })
  return metric
}

/** What the library wants to know. It registers with nobody: that is for `exposeMetrics`. */
function settingsOf({ name, help, labels }: Family) {
  return { name, help, labelNames: Object.keys(labels), registers: [] }
}

/** A counter whose series all exist at 0 from the start, so that `rate()` and `absent()` tell the truth. */
export function defineCounter<const L extends LabelLists>(family: Family<L> & { limit?: SeriesLimit<L> }) {
  const counter = declare({ ...family, type: 'counter' } as DeclaredFamily, new Counter(settingsOf(family)))
  const series = openSeries(family, (labels) => counter.inc(labels, 0))
  return {
    /** The series of these labels, made at 0 if there is room, for what is counted often. Throws for other labels. */
    series: (labels: LabelsOf<L>) => {
      const child = counter.labels(series.parse(labels))
      return { inc: (): void => recordSafely(family.name, () => child.inc(1)) }
    },
    inc: (labels: LabelsOf<L>, by = 1): void =>
      recordSafely(family.name, () => {
        const amount = parseAmount(by)
        counter.inc(series.parse(labels), amount)
      }),
  }
}

/** A histogram of seconds whose series all exist at 0 from the start. */
export function defineHistogram<const L extends LabelLists>(
  family: Family<L> & { buckets: readonly number[]; limit?: SeriesLimit<L> },
) {
  const settings = { ...settingsOf(family), buckets: [...family.buckets] }
  const histogram = declare({ ...family, type: 'histogram' } as DeclaredFamily, new Histogram(settings))
  const series = openSeries(family, (labels) => histogram.zero(labels))
  return {
    /** The series of these labels, made if there is room, for what is timed often. Throws for other labels. */
    series: (labels: LabelsOf<L>) => {
      const child = histogram.labels(series.parse(labels))
      return {
        observe: (seconds: number): void =>
          recordSafely(family.name, () => child.observe(parseAmount(seconds))),
      }
    },
    observe: (labels: LabelsOf<L>, seconds: number): void =>
      recordSafely(family.name, () => {
        const amount = parseAmount(seconds)
        histogram.observe(series.parse(labels), amount)
      }),
  }
}

/** The series of a family: all made at once, or, under a limit, those of the others, and the rest as they are used. */
function openSeries<L extends LabelLists>(
  { labels: lists, limit }: Family<L> & { limit?: SeriesLimit<L> },
  make: (labels: Labels) => void,
) {
  const sets = toSets(lists)
  const known = new Set<string>()
  const overflow = (limit?.overflow ?? {}) as Labels
  const fixed = Object.entries(overflow).map(([name, value]) => [name, new Set([value])] as const)
  for (const labels of combinationsOf(new Map([...sets, ...fixed]))) make(labels)
  return {
    parse(given: unknown): Labels {
      const labels = parseLabels(sets, given)
      if (!limit) return labels
      const key = keyOf(sets, labels)
      if (known.has(key)) return labels
      const others = { ...labels, ...overflow }
      if (known.size >= limit.combinations || keyOf(sets, others) === key) return others
      known.add(key)
      make(labels)
      return labels
    },
  }
}

function keyOf(sets: LabelSets, labels: Labels): string {
  let key = ''
  for (const name of sets.keys()) key += `${labels[name]}\n`
  return key
}

/** A gauge, whatever its labels. */
export type AnyGauge = { readonly name: string; clear(): void }
/** The value of one series, as somebody found it; checked when it is published. */
export type Reading = { readonly gauge: AnyGauge; readonly labels: Labels; readonly value: number }

type Writer = { readonly sets: LabelSets; readonly write: (labels: Labels, value: number) => void }
const writers = new WeakMap<AnyGauge, Writer>()

/** A gauge set by the code that knows the value; absent until then. */
export function defineGauge<const L extends LabelLists>(family: Family<L>) {
  const { name } = family
  const sets = toSets(family.labels)
  const metric = declare({ ...family, type: 'gauge' }, new GaugeMetric(settingsOf(family)))
  function clear(): void {
    metric.reset()
    // Without labels the library goes back to 0, which would be a lie.
    if (sets.size === 0) metric.remove()
  }
  clear()
  const gauge = {
    name,
    set: (labels: LabelsOf<L>, value: number): void =>
      recordSafely(name, () => metric.set(parseLabels(sets, labels), parseAmount(value))),
    at: (labels: LabelsOf<L>, value: number): Reading => ({ gauge, labels: labels as Labels, value }),
    remove: (labels: LabelsOf<L>): void => recordSafely(name, () => metric.remove(parseLabels(sets, labels))),
    clear: (): void => recordSafely(name, clear),
  }
  writers.set(gauge, { sets, write: (labels, value) => metric.set(labels, value) })
  return gauge
}

/**
 * Replaces all values of the gauges by the readings, which are about no other gauge. All or nothing: throws for
 * anything that is no reading, for labels that are not declared and for what is not a number from 0 up.
 */
export function publishReadings(gauges: readonly AnyGauge[], readings: readonly Reading[]): void {
  const writes = readings.map(({ gauge, labels, value }) => {
    const writer = gauges.includes(gauge) ? writers.get(gauge) : undefined
    if (!writer) throw new TypeError('not a reading of these gauges')
    const [row, amount] = [parseLabels(writer.sets, labels), parseAmount(value)]
    return () => writer.write(row, amount)
  })
  for (const gauge of gauges) gauge.clear()
  for (const write of writes) write()
}

/** Counts, sizes, ages and durations: what is not finite, or below zero, would spoil a series for ever. */
function parseAmount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) throw new TypeError('not an amount')
  return value
}

const recordErrors = defineCounter({
  name: 'metrics_record_errors_total',
  help: 'Observations that could not be recorded.',
  exposedBy: 'both',
  labels: {},
})

/** Recording never throws into the work it measures, whatever it is given. */
function recordSafely(name: string, record: () => void): void {
  try {
    record()
  } catch (error) {
    // A counter without labels takes 1 whatever happens.
    recordErrors.inc({})
    warnOncePerMinute('metrics.record-failed', name as MetricName, error)
  }
}
