import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Tx } from '../platform/database.ts'
import { STREAMS } from './repair-store.ts'

/** An event of a stream, or a `GAP` of it, with its place in the log. */
export type StreamEntryRow = {
  readonly eventId: string
  readonly leaf: Buffer | null
  readonly quarantine: Buffer | null
  readonly index: number | null
}

/** How many numbers a stream has given out, undefined for no stream. */
export async function findLastSeq(tx: Tx, streamRef: Id): Promise<number | undefined> {
  const { rows } = await sql<{ lastSeq: number }>`${computedIsPlain}
    select event_seq as "lastSeq" from (${STREAMS}) as stream where stream_ref = ${streamRef}`.execute(tx)
  return rows[0]?.lastSeq
}

/** The events of a stream in their order, then the `GAP`s that stand for what it lost. */
export async function listStreamEntries(
  tx: Tx,
  streamRef: Id,
  limit: number,
): Promise<readonly StreamEntryRow[]> {
  const { rows } = await sql<StreamEntryRow>`${computedIsPlain}
    select e.id as "eventId", e.leaf, l.quarantine, l.leaf_index::float8 as index
      from audit_event e left join audit_leaf l on l.event_id = e.id
     where e.stream_ref = ${streamRef}
        or (e.action = 'GAP' and e.exam_ref is null and e.metadata->>'stream_ref' = ${streamRef}::text)
     order by e.stream_ref <> ${streamRef}, e.seq limit ${limit}`.execute(tx)
  return rows
}
