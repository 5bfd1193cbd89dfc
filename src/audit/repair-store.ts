import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Tx } from '../platform/database.ts'
import type { StreamKind } from './actions.ts'

export type SpoolRow = {
  readonly id: string
  readonly leaf: Buffer
  readonly mac: Buffer
  readonly sealed: Sensitive<Buffer> | null
}

/** Up to `limit` spooled events after `afterId`, the oldest first. */
export async function listSpooled(tx: Tx, afterId: string, limit: number): Promise<readonly SpoolRow[]> {
  const { rows } = await sql<SpoolRow>`
    select id, leaf, mac, sealed from audit_spool where id > ${afterId} order by id limit ${limit}`.execute(
    tx,
  )
  return rows
}

export async function deleteSpooled(tx: Tx, ids: readonly string[]): Promise<void> {
  await sql`delete from audit_spool where id = any(${ids}::bigint[])`.execute(tx)
}

/** Whether the same event, to the byte, is in the table already. */
export async function isStored(tx: Tx, streamRef: string, seq: number, leaf: Buffer): Promise<boolean> {
  const { rows } = await sql`
    select 1 from audit_event where stream_ref = ${streamRef} and seq = ${seq} and leaf = ${leaf}`.execute(tx)
  return rows.length > 0
}

/** One repairer at a time; a second one finds the rows gone. */
export async function holdSpool(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(tx)
}
const ADVISORY_LOCK = 7_041_779

/** The counters of all streams, by the rows that own them. */
export const STREAMS = sql`
  select 'copy' as kind, stream_ref, event_seq from copy
  union all select 'batch', stream_ref, event_seq from batch
  union all select 'exam', stream_ref, event_seq from exam
  union all select 'account', stream_ref, event_seq from people.account
  union all select 'system', stream_ref, event_seq from audit_system_stream`

export type Hole = { readonly streamKind: StreamKind; readonly streamRef: Id; readonly seq: number }

/**
 * Places that were taken and hold neither an event nor a `GAP`; what lies in the spool is among them. Counts first:
 * places are enumerated only for streams where something is missing.
 */
export async function listHoles(tx: Tx): Promise<readonly Hole[]> {
  const { rows } = await sql<Hole>`${computedIsPlain}
    with stream as (${STREAMS}),
    gap as (
      select (metadata->>'stream_ref')::uuid as stream_ref, (metadata->>'missing_seq')::integer as seq
        from audit_event where action = 'GAP' and exam_ref is null),
    present as (
      select stream_ref, count(*) as events
        from (select stream_ref, seq from audit_event union all select stream_ref, seq from gap) as place
       group by stream_ref),
    short as (
      select s.* from stream s left join present p using (stream_ref) where coalesce(p.events, 0) < s.event_seq)
    select s.kind as "streamKind", s.stream_ref as "streamRef", place.seq::integer
      from short s, generate_series(1, s.event_seq) as place (seq)
     where not exists (select from audit_event e where e.stream_ref = s.stream_ref and e.seq = place.seq)
       and not exists (select from gap g where g.stream_ref = s.stream_ref and g.seq = place.seq)
     order by s.stream_ref, place.seq`.execute(tx)
  return rows
}

/** The leaves that wait in the spool. */
export async function listSpooledLeaves(tx: Tx): Promise<readonly Buffer[]> {
  const { rows } = await sql<{ leaf: Buffer }>`select leaf from audit_spool`.execute(tx)
  return rows.map((row) => row.leaf)
}

export async function holdGaps(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(${GAP_LOCK})`.execute(tx)
}
const GAP_LOCK = 7_041_780

/** Whether a `GAP` names this place already. */
export async function isGapRecorded(tx: Tx, { streamRef, seq }: Hole): Promise<boolean> {
  const { rows } = await sql`
    select 1 from audit_event
     where action = 'GAP' and exam_ref is null
       and metadata @> ${JSON.stringify({ stream_ref: streamRef, missing_seq: seq })}::jsonb`.execute(tx)
  return rows.length > 0
}
