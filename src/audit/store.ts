import { sql } from 'kysely'
import type { Database, Tx } from '../platform/database.ts'

export type NewEventRow = {
  readonly streamKind: string
  readonly streamRef: string
  readonly seq: number
  readonly action: string
  readonly actorKind: string
  readonly actorRef: string | undefined
  readonly examRef: string | undefined
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
export async function insertSealed(tx: Tx, eventId: string, field: string, sealed: Buffer): Promise<void> {
  await sql`insert into audit_sealed (event_id, field, sealed) values (${eventId}, ${field}, ${sealed})`.execute(
    tx,
  )
}

export type EventRow = {
  readonly id: string
  readonly streamKind: 'copy' | 'batch' | 'exam' | 'account' | 'system'
  readonly seq: number
  readonly action: string
  readonly actorKind: 'user' | 'operator' | 'system'
  readonly actorRef: string | null
  readonly requestId: string
  readonly occurredAt: Date
  readonly metadata: Readonly<Record<string, unknown>>
  readonly sealed: readonly { readonly field: string; readonly value: string }[]
}

/** The events of one stream after `afterSeq`, in order, with their sealed members still encrypted (hex). */
export async function listStreamEvents(
  db: Database,
  streamRef: string,
  page: { afterSeq: number; limit: number },
): Promise<readonly EventRow[]> {
  const { rows } = await sql<EventRow>`
    select e.id, e.stream_kind as "streamKind", e.seq, e.action, e.actor_kind as "actorKind",
           e.actor_ref as "actorRef", e.request_id as "requestId", e.occurred_at as "occurredAt", e.metadata,
           coalesce((select jsonb_agg(jsonb_build_object('field', s.field, 'value', encode(s.sealed, 'hex')) order by s.field)
                       from audit_sealed s where s.event_id = e.id), '[]') as sealed
      from audit_event e
     where e.stream_ref = ${streamRef} and e.seq > ${page.afterSeq}
     order by e.seq
     limit ${page.limit}`.execute(db)
  return rows
}
