import { defineGauge, type Reading } from '../observability/metrics.ts'
import type { Database } from '../platform/database.ts'
import { countMovedCopies } from './store.ts'

const replayFindings = defineGauge({
  name: 'audit_replay_findings',
  help: 'Copies among those that moved last that are not what their events say.',
  exposedBy: 'sweeper',
  labels: {},
})

export const REPLAY_GAUGES = [replayFindings] as const

/** Reads from the database what a change outside the application has left. */
export async function readReplayGauges(db: Database): Promise<readonly Reading[]> {
  return [{ gauge: replayFindings, labels: {}, value: await countMovedCopies(db) }]
}
