import { sql } from 'kysely'
import type { Tx } from '../platform/database.ts'

/** The newest version that a `MIGRATE` event names, 0 without one, and the events that have no leaf. */
export async function readMigrationState(
  tx: Tx,
): Promise<{ readonly recordedVersion: number; readonly earlierEvents: number }> {
  const { rows } = await sql<{ recordedVersion: number; earlierEvents: number }>`
    select coalesce((select max((metadata->>'to_version')::integer) from audit_event
                      where action = 'MIGRATE' and exam_ref is null), 0) as "recordedVersion",
           (select count(*) from audit_event where leaf is null)::integer as "earlierEvents"`.execute(tx)
  return rows[0] ?? { recordedVersion: 0, earlierEvents: 0 }
}
