import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database } from '../platform/database.ts'
import type { Boss } from './boss.ts'

export type QueueCounts = {
  readonly queue: string
  readonly waiting: number
  readonly active: number
  readonly failed: number
  readonly oldestWaitingSeconds: number
}

/**
 * Gives back a job that this worker took and did not decide, as if it had not been taken: the attempt does not count.
 * pg-boss has no call for it; the row is only touched while it is still this attempt's.
 */
export async function releaseJob(boss: Boss, job: { id: string; retryCount: number }): Promise<void> {
  await boss.getDb().executeSql(
    `update pgboss.job set state = 'created', started_on = null, heartbeat_on = null
      where id = $1 and retry_count = $2 and state = 'active'`,
    [job.id, job.retryCount],
  )
}

/** Those of the given jobs that nobody runs, will run or will declare lost: they ended without a word. */
export async function listDeadJobs(db: Database, jobIds: readonly Id[]): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`
    select id from unnest(${[...jobIds]}::uuid[]) as wanted (id)
     where not exists (
       select from pgboss.job j
        where j.state in ('created', 'retry', 'active')
          and (j.id = wanted.id or j.data -> 'envelope' ->> 'jobId' = wanted.id::text))`.execute(db)
  return rows.map((row) => row.id)
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

export type RequestJobRow = {
  readonly jobId: Id
  readonly queue: string
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed'
  /** Attempts begun so far. */
  readonly attempts: number
  readonly startAfter: Date
  /** Of the last attempt. */
  readonly startedAt: Date | null
  readonly endedAt: Date | null
  /** What the job is about, by the names of its payload. */
  readonly payload: unknown
  readonly output: unknown
}

/**
 * The jobs of one request. It reads the whole table, since only diagnosis asks by request and an index would cost every
 * job: a tenth of a second for 100,000 jobs. Ended ones are there for days, not for ever.
 */
export async function listRequestJobs(db: Database, requestId: string): Promise<readonly RequestJobRow[]> {
  const { rows } = await sql<RequestJobRow>`${computedIsPlain}
    select data -> 'envelope' ->> 'jobId' as "jobId", name as queue, state::text as state,
           retry_count + (started_on is not null)::int as attempts, start_after as "startAfter",
           started_on as "startedAt", completed_on as "endedAt", data -> 'payload' as payload, output
      from pgboss.job
     where data -> 'envelope' ->> 'requestId' = ${requestId}
     order by created_on`.execute(db)
  return rows
}
