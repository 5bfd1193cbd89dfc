import { defineCounter, defineGauge, type Reading } from '../observability/metrics.ts'
import type { Database } from '../platform/database.ts'
import { readBacklog } from './health-store.ts'

/** The ways an event can take. */
export const APPEND_PATHS = ['table', 'spool', 'lost'] as const
export type AppendPath = (typeof APPEND_PATHS)[number]

const appended = defineCounter({
  name: 'audit_append_total',
  help: 'Events by the way they took: the table, the spool when it refused them, or none at all.',
  exposedBy: 'both',
  labels: { path: APPEND_PATHS },
})
const series = new Map(APPEND_PATHS.map((path) => [path, appended.series({ path })]))

/** Counts an event of a transaction that has committed. */
export function countAppended(path: AppendPath): void {
  series.get(path)?.inc()
}

const quarantined = defineCounter({
  name: 'audit_quarantine_total',
  help: 'Events that failed their checks, in whose place the log says so.',
  exposedBy: 'worker',
  labels: {},
})

export function countQuarantined(events: number): void {
  if (events > 0) quarantined.inc({}, events)
}

const gaps = defineCounter({
  name: 'audit_gap_events_total',
  help: 'Events that were lost, each of which the log names.',
  exposedBy: 'worker',
  labels: {},
})

export function countGap(): void {
  gaps.inc({})
}

const pending = defineGauge({
  name: 'audit_pending',
  help: 'Committed events that are not in the tree yet.',
  exposedBy: 'sweeper',
  labels: {},
})
const oldestPending = defineGauge({
  name: 'audit_oldest_pending_seconds',
  help: 'Time that the oldest of them has waited.',
  exposedBy: 'sweeper',
  labels: {},
})
const spoolDepth = defineGauge({
  name: 'audit_spool_depth',
  help: 'Events that their table refused, and that wait to be moved to it.',
  exposedBy: 'sweeper',
  labels: {},
})

export const AUDIT_GAUGES = [pending, oldestPending, spoolDepth] as const

/** Reads the gauges of the log of events from the database. */
export async function readAuditGauges(db: Database): Promise<readonly Reading[]> {
  const backlog = await readBacklog(db)
  return [
    { gauge: pending, labels: {}, value: backlog.pending },
    { gauge: oldestPending, labels: {}, value: backlog.oldestSeconds },
    { gauge: spoolDepth, labels: {}, value: backlog.spooled },
  ]
}
