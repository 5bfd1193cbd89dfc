import type { Database } from '../../platform/database.ts'
import type { RepairAction } from '../contract.ts'
import { isMendedBy } from '../stuck-store.ts'
import { notApplicable } from './repair-kind.ts'

/**
 * Throws `repair-not-applicable` with `why` unless the subject is among the rows that the doctor shows and the metric
 * counts: what is not stuck is not repaired.
 */
export async function assertMendable(
  db: Database,
  action: RepairAction,
  subject: string,
  why: string,
): Promise<void> {
  if (!(await isMendedBy(db, action, subject))) throw notApplicable(why)
}
