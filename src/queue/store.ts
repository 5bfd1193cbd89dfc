import { sql } from 'kysely'
import type { Database } from '../platform/database.ts'

export type QueueCounts = {
  readonly queue: string
  readonly waiting: number
  readonly active: number
  readonly failed: number
  readonly oldestWaitingSeconds: number
}

/** Jobs of each queue by state, and the age of the oldest that waits. */
export async function countJobs(db: Database): Promise<readonly QueueCounts[]> {
  const { rows } = await sql<QueueCounts>`
    select name as queue,
           count(*) filter (where state in ('created', 'retry'))::int as waiting,
           count(*) filter (where state = 'active')::int as active,
           count(*) filter (where state = 'failed')::int as failed,
           coalesce(extract(epoch from now() - min(start_after)
             filter (where state in ('created', 'retry') and start_after <= now())), 0)::float8
             as "oldestWaitingSeconds"
      from pgboss.job
     group by name`.execute(db)
  return rows
}
