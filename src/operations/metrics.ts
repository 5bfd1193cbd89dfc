import { defineGauge, type Reading } from '../observability/metrics.ts'
import type { Database } from '../platform/database.ts'
import { STUCK_KINDS } from './stuck.ts'
import { countStuck } from './stuck-store.ts'

const stuckItems = defineGauge({
  name: 'grading_stuck_items',
  help: 'What is stuck, by kind: the rows that "paraph doctor" shows under that word.',
  exposedBy: 'sweeper',
  labels: { kind: STUCK_KINDS },
})

const stuckSeconds = defineGauge({
  name: 'grading_stuck_oldest_seconds',
  help: 'For how long the first of what is stuck has been so; 0 when nothing is.',
  exposedBy: 'sweeper',
  labels: { kind: STUCK_KINDS },
})

const replayFindings = defineGauge({
  name: 'audit_replay_findings',
  help: 'Copies among those that moved last that are not what their events say.',
  exposedBy: 'sweeper',
  labels: {},
})

export const STUCK_GAUGES = [stuckItems, stuckSeconds, replayFindings] as const

/** Reads from the database what is stuck; every kind has its value, also 0. */
export async function readStuckGauges(db: Database): Promise<readonly Reading[]> {
  const counts = await countStuck(db)
  const moved = counts.find(({ kind }) => kind === 'moved-without-event')
  return [
    ...counts.flatMap(({ kind, items, oldestSeconds }) => [
      stuckItems.at({ kind }, items),
      stuckSeconds.at({ kind }, oldestSeconds),
    ]),
    replayFindings.at({}, moved?.items ?? 0),
  ]
}
