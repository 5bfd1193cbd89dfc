import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database } from '../platform/database.ts'

/** An event by its number, or by its place. */
export type EventName = { readonly eventId: string } | { readonly streamRef: Id; readonly seq: number }

export type PlacedEvent = {
  readonly eventId: string
  /** Absent in events from before there were leaves. */
  readonly leaf: Buffer | null
  /** Null for an event that is not in the tree yet. */
  readonly index: number | null
  /** What stands in its place in the log, if it failed its checks. */
  readonly quarantine: Buffer | null
}

export async function findPlacedEvent(db: Database, name: EventName): Promise<PlacedEvent | undefined> {
  const isNamed =
    'eventId' in name
      ? sql`e.id = ${name.eventId}`
      : sql`e.stream_ref = ${name.streamRef} and e.seq = ${name.seq}`
  const { rows } = await sql<PlacedEvent>`
    select e.id as "eventId", e.leaf, l.leaf_index::double precision as index, l.quarantine
      from audit_event e left join audit_leaf l on l.event_id = e.id
     where ${isNamed}`.execute(db)
  return rows[0]
}
