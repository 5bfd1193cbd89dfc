import { type RawBuilder, sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import type { StreamKind } from './actions.ts'

type SealedMember = { readonly field: string; readonly value: Sensitive<Buffer> }

export type EventRow = {
  readonly id: string
  readonly streamKind: StreamKind
  readonly streamRef: Id
  readonly seq: number
  readonly action: string
  readonly actorKind: 'user' | 'operator' | 'system'
  readonly actorRef: Id | null
  readonly examRef: Id | null
  readonly requestId: string
  readonly occurredAt: Date
  readonly metadata: Readonly<Record<string, unknown>>
  /** Absent in events from before there were leaves. */
  readonly leaf: Buffer | null
  readonly sealed: readonly SealedMember[]
}

/** The events of one stream after `afterSeq`, in order, with their sealed members still encrypted. */
export function listStreamEvents(
  db: Database,
  streamRef: Id,
  page: { afterSeq: number; limit: number },
): Promise<readonly EventRow[]> {
  const chosen = sql`
    select * from audit_event where stream_ref = ${streamRef} and seq > ${page.afterSeq}
     order by seq limit ${page.limit}`
  return gatherEvents(db, chosen, sql`e.seq`)
}

/**
 * The events that `chosen` selects from `audit_event`, here called `e`, with their sealed members. These come as rows
 * of their own: gathered by SQL into one document they would no longer be known as what a secret column holds.
 */
export async function gatherEvents(
  db: Database,
  chosen: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
): Promise<readonly EventRow[]> {
  const { rows } = await sql<Omit<EventRow, 'sealed'> & (SealedMember | { field: null; value: null })>`
    select e.id, e.stream_kind as "streamKind", e.stream_ref as "streamRef", e.seq, e.action, e.actor_kind as "actorKind",
           e.actor_ref as "actorRef", e.exam_ref as "examRef", e.request_id as "requestId",
           e.occurred_at as "occurredAt", e.metadata, e.leaf, s.field, s.sealed as value
      from (${chosen}) e
      -- With "offset 0" each event looks its own up; joined, PostgreSQL may read the sealed members of everybody.
      left join lateral (select field, sealed from audit_sealed
                          where stream_ref = e.stream_ref and seq = e.seq offset 0) s on true
     order by ${order}, s.field`.execute(db)
  const events = new Map<string, EventRow & { readonly sealed: SealedMember[] }>()
  for (const { field, value, ...event } of rows) {
    const gathered = events.get(event.id) ?? { ...event, sealed: [] }
    events.set(event.id, gathered)
    if (field !== null) gathered.sealed.push({ field, value })
  }
  return [...events.values()]
}

export type RequestEventRow = Omit<EventRow, 'examRef' | 'leaf' | 'sealed'>

const CLEAR_COLUMNS = sql`
  id, stream_kind as "streamKind", stream_ref as "streamRef", seq, action, actor_kind as "actorKind",
  actor_ref as "actorRef", request_id as "requestId", occurred_at as "occurredAt", metadata`

/** The events of one request on all streams, in the order they were written; sealed members are left out. */
export async function listRequestEvents(
  db: Database,
  requestId: string,
): Promise<readonly RequestEventRow[]> {
  const { rows } = await sql<RequestEventRow>`
    select ${CLEAR_COLUMNS} from audit_event where request_id = ${requestId} order by id`.execute(db)
  return rows
}

/** The last events of a stream, in their order; sealed members are left out. */
export async function listLastEvents(
  db: Database,
  streamRef: Id,
  limit: number,
): Promise<readonly RequestEventRow[]> {
  const { rows } = await sql<RequestEventRow>`
    select ${CLEAR_COLUMNS} from audit_event where stream_ref = ${streamRef} order by seq desc limit ${limit}`.execute(
    db,
  )
  return rows.toReversed()
}

/** One event by its number; sealed members are left out. */
export async function findClearEvent(db: Database, eventId: string): Promise<RequestEventRow | undefined> {
  const { rows } = await sql<RequestEventRow>`
    select ${CLEAR_COLUMNS} from audit_event where id = ${eventId}`.execute(db)
  return rows[0]
}
