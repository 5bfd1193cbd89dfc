import { type RawBuilder, sql } from 'kysely'
import type { Database, Tx } from '../platform/database.ts'
import { ACTIONS } from './actions.ts'
import type { EventsQuery } from './contract.ts'
import { type EventRow, gatherEvents } from './store.ts'

/** Rows of `audit_event` to read, and the order in which they are read. */
export type Choice = { readonly rows: RawBuilder<unknown>; readonly order: RawBuilder<unknown> }

/**
 * Chooses one page of events by the narrowest thing that is asked for, each of which has an index of its own: a stream
 * in its own order, else a request, an actor or an exam by the numbers of events, else a window by time. `after` is
 * the number of the last event that was seen; what is appended meanwhile moves no page.
 */
export function chooseEvents(query: EventsQuery): Choice {
  const { stream, request, actor, exam, action = Object.keys(ACTIONS), after = '0', limit } = query
  const seen = (column: 'seq' | 'occurred_at') =>
    sql`(select ${sql.ref(column)} from audit_event where id = ${after})`

  if (stream !== undefined) {
    const rows = pageOf(query, sql`seq > coalesce(${seen('seq')}, 0)`, sql`seq`)
    return { rows, order: sql`e.seq` }
  }
  if (request !== undefined) {
    const rows = pageAlong('request_id', sql`${request}`, { ...query, request: undefined })
    return { rows, order: sql`e.id` }
  }
  if (actor !== undefined) {
    const rows = pageAlong('actor_ref', sql`${actor}`, { ...query, actor: undefined })
    return { rows, order: sql`e.id` }
  }
  if (exam !== undefined) {
    // The index of an exam goes by action first: the next events of each action, merged.
    const ofAction = pageAlong('action', sql`wanted.action`, { ...query, action: undefined })
    const rows = sql`
      select found.* from unnest(${action}::text[]) as wanted (action), lateral (${ofAction}) as found
       order by found.id limit ${limit}`
    return { rows, order: sql`e.id` }
  }
  const later = sql`(occurred_at, id) > (coalesce(${seen('occurred_at')}, '-infinity'), ${after})`
  return { rows: pageOf(query, later, sql`occurred_at, id`), order: sql`e.occurred_at, e.id` }
}

function pageOf(query: EventsQuery, condition: RawBuilder<unknown>, order: RawBuilder<unknown>) {
  const where = sql.join([condition, ...matches(query)], sql` and `)
  return sql`select * from audit_event where ${where} order by ${order} limit ${query.limit}`
}

/**
 * A page of the events with one value in a column, by number. The column is compared and ordered as its index is: told
 * that it is equal to something, PostgreSQL may walk through everybody's events by number instead, and find few.
 */
function pageAlong(
  name: 'request_id' | 'actor_ref' | 'action',
  value: RawBuilder<unknown>,
  others: EventsQuery,
): RawBuilder<unknown> {
  const column = sql.ref(name)
  const next = sql`(${column}, id) > (${value}, ${others.after ?? '0'}) and ${column} <= ${value}`
  return pageOf(others, next, sql`${column}, id`)
}

function matches(query: EventsQuery): readonly RawBuilder<unknown>[] {
  const { stream, request, actor, exam, action, failures, from, to } = query
  const conditions = [
    stream !== undefined && sql`stream_ref = ${stream}`,
    request !== undefined && sql`request_id = ${request}`,
    actor !== undefined && sql`actor_ref = ${actor}`,
    exam !== undefined && sql`exam_ref = ${exam}`,
    action !== undefined && sql`action = any(${action}::text[])`,
    // Written as the index of failures has it.
    failures !== undefined && sql`metadata -> 'success' = 'false'::jsonb`,
    from !== undefined && sql`occurred_at >= ${from}`,
    to !== undefined && sql`occurred_at < ${to}`,
  ]
  return conditions.filter((condition) => condition !== false)
}

/** One page of the events that are asked for, with their sealed members still encrypted. */
export function listEvents(db: Database, query: EventsQuery): Promise<readonly EventRow[]> {
  const { rows, order } = chooseEvents(query)
  return gatherEvents(db, rows, order)
}

export async function findEvent(db: Database, eventId: string): Promise<EventRow | undefined> {
  const [event] = await gatherEvents(db, sql`select * from audit_event where id = ${eventId}`, sql`e.id`)
  return event
}

/** The place of an event in the log; undefined while it has none. */
export async function findPlace(
  db: Database,
  eventId: string,
): Promise<{ readonly leafIndex: number; readonly isQuarantined: boolean } | undefined> {
  const { rows } = await sql<{ leafIndex: string; isQuarantined: boolean }>`
    select leaf_index as "leafIndex", quarantine is not null as "isQuarantined"
      from audit_leaf where event_id = ${eventId}`.execute(db)
  const [row] = rows
  return row && { ...row, leafIndex: Number(row.leafIndex) }
}

/** No statement of this transaction runs longer. */
export async function limitStatements(tx: Tx, milliseconds: number): Promise<void> {
  await sql`select set_config('statement_timeout', ${String(milliseconds)}, true)`.execute(tx)
}
