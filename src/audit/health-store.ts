import { sql } from 'kysely'
import type { Database } from '../platform/database.ts'

/** Seconds that the oldest spooled event has waited; 0 when there is none. */
export async function ageOfSpool(db: Database): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    select coalesce(extract(epoch from clock_timestamp() - min(spooled_at)), 0)::float8 as seconds
      from audit_spool`.execute(db)
  return rows[0]?.seconds ?? 0
}

export type Backlog = {
  readonly pending: number
  /** Seconds that the oldest event has waited to be part of the tree. */
  readonly oldestSeconds: number
  readonly spooled: number
}

/** What waits on its way into the tree. */
export async function readBacklog(db: Database): Promise<Backlog> {
  const { rows } = await sql<Backlog>`
    select (select count(*) from audit_pending)::float8 as pending,
           coalesce((select extract(epoch from clock_timestamp() - recorded_at) from audit_event
                      where id = (select min(event_id) from audit_pending)), 0)::float8 as "oldestSeconds",
           (select count(*) from audit_spool)::float8 as spooled`.execute(db)
  return rows[0] ?? { pending: 0, oldestSeconds: 0, spooled: 0 }
}
