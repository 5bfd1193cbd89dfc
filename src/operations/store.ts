import { CompiledQuery, sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import { COLUMNS } from '../platform/columns.ts'
import { COMPUTED_IS_PLAIN, computedIsPlain } from '../platform/concealing-pool.ts'
import { type Database, inSnapshot, type Tx } from '../platform/database.ts'
import { RUN_TIME_LOGINS } from '../platform/database-roles.ts'
import { shownApplication } from './our-applications.ts'
import type { Subject } from './subject.ts'

export type StreamOwnerRow = {
  readonly streamRef: Id
  readonly kind: 'copy' | 'batch' | 'exam'
  readonly id: Id
}

/** Whose the given streams of events are, by the ids that addresses and log lines name. */
export async function listStreamOwners(
  db: Database,
  streamRefs: readonly Id[],
): Promise<readonly StreamOwnerRow[]> {
  const refs = [...streamRefs]
  const { rows } = await sql<StreamOwnerRow>`${computedIsPlain}
    select stream_ref as "streamRef", 'copy' as kind, id from copy where stream_ref = any(${refs}::uuid[])
    union all
    select stream_ref, 'batch', id from batch where stream_ref = any(${refs}::uuid[])
    union all
    select stream_ref, 'exam', id from exam where stream_ref = any(${refs}::uuid[])`.execute(db)
  return rows
}

/** The rows of a probe's statement, which selects ids, numbers and closed words; it can only read. */
export async function askRows(db: Database, statement: string): Promise<readonly Subject[]> {
  const query = CompiledQuery.raw(`${COMPUTED_IS_PLAIN} ${statement}`)
  const { rows } = await inSnapshot(db, (tx) => tx.executeQuery<Subject>(query))
  return rows
}

/** A table that is not ours may be called anything. */
const KNOWN_TABLES = Object.values(COLUMNS)
  .flatMap((tables) => Object.keys(tables))
  .map((name) => `'${name}'`)
  .join(', ')

/** What is known of the server and of the sizes of tables; names are those of our own schema. */
export type ServerFacts = {
  readonly server: Subject | undefined
  readonly settings: readonly Subject[]
  readonly sessions: readonly Subject[]
  readonly tables: readonly Subject[]
  readonly jobs: readonly Subject[]
}

export async function describeServer(db: Database): Promise<ServerFacts> {
  const [server, settings, sessions, tables, jobs] = await Promise.all([
    askRows(
      db,
      `select current_setting('server_version_num')::int as version,
              extract(epoch from now() - pg_postmaster_start_time())::int as "upSeconds",
              pg_database_size(current_database())::float8 as "sizeBytes",
              (select max(version) from schema_migration) as migration`,
    ),
    askRows(
      db,
      `select name, setting from pg_settings
        where name in ('synchronous_commit', 'fsync', 'full_page_writes', 'max_connections', 'shared_buffers',
                       'log_min_messages', 'log_min_error_statement', 'log_error_verbosity', 'log_statement')
        order by name`,
    ),
    askRows(
      db,
      `select ${shownApplication('application_name')} as application,
              coalesce(state, 'none') as state, count(*)::int as sessions
         from pg_stat_activity where datname = current_database() group by 1, 2 order by 1, 2`,
    ),
    askRows(
      db,
      `select relname as name, n_live_tup::float8 as rows from pg_stat_user_tables
        where schemaname in ('public', 'people') and relname = any(array[${KNOWN_TABLES}]) order by relname`,
    ),
    askRows(
      db,
      `select name as queue, state::text as state, count(*)::int as jobs from pgboss.job group by 1, 2 order by 1, 2`,
    ),
  ])
  return { server: server[0], settings, sessions, tables, jobs }
}

/** A session of this database; `login` is null when it is none of our own logins. */
export type SessionRow = {
  readonly pid: number
  readonly login: (typeof RUN_TIME_LOGINS)[number] | null
  /** How many others it keeps waiting. */
  readonly blocks: number
}

const SESSION = sql`
  a.pid, case when a.usename = any(${[...RUN_TIME_LOGINS]}) then a.usename::text end as login,
  (select count(*) from pg_stat_activity w
    where w.datname = a.datname and a.pid = any(pg_blocking_pids(w.pid)))::int as blocks`

/** A session of this database, other than the one that asks. */
export async function findSession(db: Database, pid: number): Promise<SessionRow | undefined> {
  const { rows } = await sql<SessionRow>`${computedIsPlain}
    select ${SESSION} from pg_stat_activity a
     where a.datname = current_database() and a.pid = ${pid} and a.pid <> pg_backend_pid()`.execute(db)
  return rows[0]
}

/** The session that holds an advisory lock of this database. */
export async function findLockHolder(db: Database, lock: number): Promise<SessionRow | undefined> {
  const { rows } = await sql<SessionRow>`${computedIsPlain}
    select ${SESSION} from pg_stat_activity a
     where a.datname = current_database() and a.pid = (${holderOf(lock)})`.execute(db)
  return rows[0]
}

function holderOf(lock: number) {
  return sql`
    select l.pid from pg_locks l join pg_database d on d.oid = l.database
     where l.locktype = 'advisory' and l.granted and d.datname = current_database()
       and l.classid = 0 and l.objid = ${lock}::bigint::oid and l.objsubid = 1 limit 1`
}

/** Lets the rest of a transaction wait for a lock no longer than this; then it fails as `isLockTimeout` tells. */
export async function limitLockWait(tx: Tx, milliseconds: number): Promise<void> {
  await sql`select set_config('lock_timeout', ${String(milliseconds)}, true)`.execute(tx)
}

const LOCK_NOT_AVAILABLE = '55P03'

export function isLockTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === LOCK_NOT_AVAILABLE
}

const END_LIMIT_MS = 3_000

/**
 * Ends a session of the login that asks, if it still blocks others, or still holds `lock`, and waits for its end. False
 * when nothing was ended.
 */
export async function endSession(
  db: Database,
  { pid, lock }: { readonly pid: number; readonly lock?: number | undefined },
): Promise<boolean> {
  const isStillIt =
    lock === undefined
      ? sql`exists (select from pg_stat_activity w where w.datname = a.datname and a.pid = any(pg_blocking_pids(w.pid)))`
      : sql`a.pid = (${holderOf(lock)})`
  const { rows } = await sql<{ ended: boolean }>`
    select pg_terminate_backend(a.pid, ${END_LIMIT_MS}) as ended from pg_stat_activity a
     where a.datname = current_database() and a.usename = current_user and a.pid = ${pid} and ${isStillIt}`.execute(
    db,
  )
  return rows[0]?.ended === true
}

export type FoundRow = {
  readonly kind: 'copy' | 'batch' | 'exam' | 'job'
  readonly id: Id
  readonly status: string | null
  readonly streamRef: Id | null
  /** Of a job, the request that it was made for. */
  readonly requestId: string | null
}

/** The copies that go by this code, which is unique within an exam, in letters of any case. */
export async function findByCode(db: Database, code: string): Promise<readonly FoundRow[]> {
  const { rows } = await sql<FoundRow>`${computedIsPlain}
    select 'copy' as kind, id, status, stream_ref as "streamRef", null as "requestId"
      from copy where anonymous_id = ${code.toUpperCase()} order by id`.execute(db)
  return rows
}

/** What has this id, or this reference of its events. */
export async function findById(db: Database, id: Id): Promise<readonly FoundRow[]> {
  const { rows } = await sql<FoundRow>`${computedIsPlain}
    select 'copy' as kind, id, status, stream_ref as "streamRef", null as "requestId" from copy where id = ${id} or stream_ref = ${id}
    union all
    select 'batch', id, status, stream_ref, null from batch where id = ${id} or stream_ref = ${id}
    union all
    select 'exam', id, null, stream_ref, null from exam where id = ${id} or stream_ref = ${id}
    union all
    select 'job', id, state::text, null, data -> 'envelope' ->> 'requestId' from pgboss.job where id = ${id}`.execute(
    db,
  )
  return rows
}
