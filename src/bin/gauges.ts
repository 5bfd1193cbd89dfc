import { clearCopyGauges, collectCopyGauges } from '../copies/metrics.ts'
import type { Database } from '../platform/database.ts'
import { clearQueueGauges, collectQueueGauges } from '../queue/metrics.ts'

/** Reads every gauge that comes from the database. */
export async function collectGauges(db: Database): Promise<void> {
  await collectCopyGauges(db)
  await collectQueueGauges(db)
}

/** Removes them: this process no longer speaks for the database. */
export function clearGauges(): void {
  clearCopyGauges()
  clearQueueGauges()
}
