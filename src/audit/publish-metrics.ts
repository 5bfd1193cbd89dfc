import { defineCounter, defineGauge, type Reading } from '../observability/metrics.ts'
import type { Database } from '../platform/database.ts'
import { findLastCheckpoint } from './publish-store.ts'
import { SIGNING_REFUSALS, type SigningRefusal } from './signing-refused.ts'

/** Witnesses by their place in the settings, which take no more. */
const WITNESSES = ['0', '1', '2', '3', '4', '5', '6', '7'] as const

const checkpointAge = defineGauge({
  name: 'audit_checkpoint_age_seconds',
  help: 'Time since the last checkpoint of the audit log was published; one is at least every hour.',
  exposedBy: 'sweeper',
  labels: {},
})

export const CHECKPOINT_GAUGES = [checkpointAge] as const

/** Reads the gauges of what is published; none before the first checkpoint. */
export async function readCheckpointGauges(db: Database): Promise<readonly Reading[]> {
  const last = await findLastCheckpoint(db)
  return last ? [checkpointAge.at({}, last.ageSeconds)] : []
}

/** Shown by the worker that publishes. */
export const witnessLag = defineGauge({
  name: 'audit_witness_lag',
  help: 'Entries of the audit log that a witness has not cosigned yet; witnesses by their place in PARAPH_WITNESSES.',
  exposedBy: 'worker',
  labels: { witness: WITNESSES },
})

export function readWitnessLag(place: number, entries: number): readonly Reading[] {
  const witness = WITNESSES[place]
  return witness === undefined ? [] : [witnessLag.at({ witness }, entries)]
}

const refusals = defineCounter({
  name: 'audit_signing_refused_total',
  help: 'Times that the tree of the audit log was not signed, because it looks rewound or rewritten.',
  exposedBy: 'worker',
  labels: { reason: SIGNING_REFUSALS },
})

export function countRefusal(reason: SigningRefusal): void {
  refusals.inc({ reason })
}
