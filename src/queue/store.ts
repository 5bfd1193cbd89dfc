import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { QueueName } from '../observability/vocabulary.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { Boss } from './boss.ts'
import { isOwnWork, isReady, isUntaken } from './job-conditions.ts'

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

/** The queues that are paused, read on the connections of the queue itself. */
export async function readPausedQueues(boss: Boss): Promise<ReadonlySet<string>> {
  const { rows } = await boss.getDb().executeSql('select queue from queue_pause')
  return new Set(rows.map((row: { readonly queue: string }) => row.queue))
}

export type PauseRow = {
  readonly queue: QueueName
  readonly pausedAt: Date
  /** Reference of the actor; null when nobody noted it. */
  readonly pausedBy: Id | null
  readonly reasonCode: string
}

export async function listPauses(db: Database): Promise<readonly PauseRow[]> {
  const { rows } = await sql<PauseRow>`
    select queue, paused_at as "pausedAt", paused_by as "pausedBy", reason_code as "reasonCode"
      from queue_pause order by queue`.execute(db)
  return rows
}

/** False when the queue is paused already. */
export async function insertPause(
  tx: Tx,
  { queue, reasonCode, pausedBy }: Omit<PauseRow, 'pausedAt'>,
): Promise<boolean> {
  const { rows } = await sql`
    insert into queue_pause (queue, reason_code, paused_by) values (${queue}, ${reasonCode}, ${pausedBy})
    on conflict do nothing returning 1`.execute(tx)
  return rows.length === 1
}

/** False when the queue is not paused. */
export async function deletePause(tx: Tx, queue: QueueName): Promise<boolean> {
  const { rows } = await sql`delete from queue_pause where queue = ${queue} returning 1`.execute(tx)
  return rows.length === 1
}

export type JobRow = {
  readonly id: Id
  readonly queue: QueueName
  readonly state: RequestJobRow['state']
  readonly payload: unknown
}

/** A job of one of the queues by its id; not what its dead workers left. */
export async function findJob(db: Database, jobId: Id): Promise<JobRow | undefined> {
  const { rows } = await sql<JobRow>`${computedIsPlain}
    select id, name as queue, state::text as state, data -> 'payload' as payload
      from pgboss.job j
     where id = ${jobId} and ${sql.raw(isOwnWork('j'))}`.execute(db)
  return rows[0]
}

/**
 * Has a job run again from now on, as its next attempt, whoever had it: one more is allowed if there was none left. What
 * was to declare it lost is taken back. pg-boss has no call that does both. False when its state is no longer `state`.
 */
export async function requeueJob(tx: Tx, job: Pick<JobRow, 'id' | 'state'>): Promise<boolean> {
  const { rows } = await sql<{ queue: string }>`
    update pgboss.job j
       set state = 'retry', start_after = now(), completed_on = null, heartbeat_on = null,
           retry_limit = greatest(retry_limit, retry_count + 1)
     where id = ${job.id} and state = ${job.state}::pgboss.job_state and ${sql.raw(isOwnWork('j'))}
     returning name as queue`.execute(tx)
  const [requeued] = rows
  if (!requeued) return false
  await sql`
    delete from pgboss.job j
     where name = ${`${requeued.queue}-lost`} and data -> 'envelope' ->> 'jobId' = ${job.id}::text
       and ${sql.raw(isUntaken('j'))}`.execute(tx)
  return true
}

/** Those of the given jobs that nobody runs, will run or will declare lost: they ended without a word. */
export async function listDeadJobs(db: Database, jobIds: readonly Id[]): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`
    select id from unnest(${[...jobIds]}::uuid[]) as wanted (id)
     where not exists (
       select from pgboss.job j
        where (${sql.raw(isUntaken('j'))} or j.state = 'active')
          and (j.id = wanted.id or j.data -> 'envelope' ->> 'jobId' = wanted.id::text))`.execute(db)
  return rows.map((row) => row.id)
}

/** Jobs of each queue by state, and the age of the oldest that waits. */
export async function countJobs(db: Database): Promise<readonly QueueCounts[]> {
  const { rows } = await sql<QueueCounts>`
    select name as queue,
           count(*) filter (where ${sql.raw(isUntaken('j'))})::int as waiting,
           count(*) filter (where state = 'active')::int as active,
           count(*) filter (where state = 'failed')::int as failed,
           coalesce(extract(epoch from now() - min(start_after)
             filter (where ${sql.raw(isReady('j'))})), 0)::float8 as "oldestWaitingSeconds"
      from pgboss.job j
     group by name`.execute(db)
  return rows
}

export type JobDurations = {
  readonly queue: QueueName
  readonly jobs: number
  readonly medianWaitSeconds: number
  readonly p95WaitSeconds: number
  readonly medianRunSeconds: number
  readonly p95RunSeconds: number
}

/** How long the jobs that were completed within so many seconds waited and ran, by the last attempt of each. */
export async function measureJobs(db: Database, seconds: number): Promise<readonly JobDurations[]> {
  const percentile = (share: number, from: string, to: string) =>
    sql`percentile_cont(${share}::float8) within group (order by greatest(extract(epoch from ${sql.ref(to)} - ${sql.ref(from)}), 0)::float8)`
  const { rows } = await sql<JobDurations>`
    select name as queue, count(*)::int as jobs,
           ${percentile(0.5, 'start_after', 'started_on')} as "medianWaitSeconds",
           ${percentile(0.95, 'start_after', 'started_on')} as "p95WaitSeconds",
           ${percentile(0.5, 'started_on', 'completed_on')} as "medianRunSeconds",
           ${percentile(0.95, 'started_on', 'completed_on')} as "p95RunSeconds"
      from pgboss.job j
     where state = 'completed' and completed_on > now() - make_interval(secs => ${seconds}) and ${sql.raw(isOwnWork('j'))}
     group by name order by name`.execute(db)
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
