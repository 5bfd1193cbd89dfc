import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'

export type NewEventRow = {
  readonly streamKind: string
  readonly streamRef: Id
  readonly seq: number
  readonly action: string
  readonly actorKind: string
  readonly actorRef: Id | undefined
  readonly examRef: Id | undefined
  readonly requestId: string
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Inserts one event; returns its id. */
export async function insertEvent(tx: Tx, row: NewEventRow): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into audit_event
      (stream_kind, stream_ref, seq, action, actor_kind, actor_ref, exam_ref, request_id, metadata)
    values
      (${row.streamKind}, ${row.streamRef}, ${row.seq}, ${row.action}, ${row.actorKind}, ${row.actorRef ?? null},
       ${row.examRef ?? null}, ${row.requestId}, ${JSON.stringify(row.metadata)}::jsonb)
    returning id`.execute(tx)
  return rows[0]?.id ?? ''
}

/** Stores one encrypted member of an event's metadata. */
export async function insertSealed(
  tx: Tx,
  eventId: string,
  field: string,
  sealed: Sensitive<Buffer>,
): Promise<void> {
  await sql`insert into audit_sealed (event_id, field, sealed) values (${eventId}, ${field}, ${sealed})`.execute(
    tx,
  )
}

type SealedMember = { readonly field: string; readonly value: Sensitive<Buffer> }

export type EventRow = {
  readonly id: string
  readonly streamKind: 'copy' | 'batch' | 'exam' | 'account' | 'system'
  readonly seq: number
  readonly action: string
  readonly actorKind: 'user' | 'operator' | 'system'
  readonly actorRef: Id | null
  readonly requestId: string
  readonly occurredAt: Date
  readonly metadata: Readonly<Record<string, unknown>>
  readonly sealed: readonly SealedMember[]
}

/**
 * The events of one stream after `afterSeq`, in order, with their sealed members still encrypted. These come as rows of
 * their own: gathered by SQL into one document they would no longer be known as what a secret column holds.
 */
export async function listStreamEvents(
  db: Database,
  streamRef: Id,
  page: { afterSeq: number; limit: number },
): Promise<readonly EventRow[]> {
  const { rows } = await sql<Omit<EventRow, 'sealed'> & (SealedMember | { field: null; value: null })>`
    select e.id, e.stream_kind as "streamKind", e.seq, e.action, e.actor_kind as "actorKind",
           e.actor_ref as "actorRef", e.request_id as "requestId", e.occurred_at as "occurredAt", e.metadata,
           s.field, s.sealed as value
      from (select * from audit_event where stream_ref = ${streamRef} and seq > ${page.afterSeq}
             order by seq limit ${page.limit}) e
      left join audit_sealed s on s.event_id = e.id
     order by e.seq, s.field`.execute(db)
  const events = new Map<string, EventRow & { readonly sealed: SealedMember[] }>()
  for (const { field, value, ...event } of rows) {
    const gathered = events.get(event.id) ?? { ...event, sealed: [] }
    events.set(event.id, gathered)
    if (field !== null) gathered.sealed.push({ field, value })
  }
  return [...events.values()]
}

export type RequestEventRow = Omit<EventRow, 'requestId' | 'sealed'> & { readonly streamRef: Id }

/** The events of one request on all streams, in the order they were written; sealed members are left out. */
export async function listRequestEvents(
  db: Database,
  requestId: string,
): Promise<readonly RequestEventRow[]> {
  const { rows } = await sql<RequestEventRow>`
    select id, stream_kind as "streamKind", stream_ref as "streamRef", seq, action, actor_kind as "actorKind",
           actor_ref as "actorRef", occurred_at as "occurredAt", metadata
      from audit_event
     where request_id = ${requestId}
     order by id`.execute(db)
  return rows
}
