import type { Database } from '../platform/database.ts'
import { MINUTE } from '../platform/units.ts'
import { ageOfSpool } from './health-store.ts'

/** How long a loss shows on this process, and how long an event may wait in the spool, before somebody must look. */
const PATIENCE_MS = 5 * MINUTE

let lostAt = Number.NEGATIVE_INFINITY

/** Remembers that this process committed work whose event nothing took. */
export function noteLoss(): void {
  lostAt = performance.now()
}

/** Whether events reach the table: nothing was lost here lately, and nothing is stuck in the spool. */
export async function isLadderSound(db: Database): Promise<boolean> {
  if (performance.now() - lostAt < PATIENCE_MS) return false
  return (await ageOfSpool(db)) * 1_000 < PATIENCE_MS
}
