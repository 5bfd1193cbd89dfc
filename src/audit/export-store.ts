import { type RawBuilder, sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database, Tx } from '../platform/database.ts'

/** What is exported: the whole log, or streams with the `GAP`s that stand for what they lost. */
export type Selection = 'all' | readonly Id[]

/** An entry of the log; both are null when its event is gone. */
export type ExportedRow = {
  readonly index: number
  readonly eventId: string
  readonly leaf: Buffer | null
  readonly quarantine: Buffer | null
}

const PAGE = 2_000

/** How many events there are below `size`, and how many are not there yet. */
export async function countSelected(
  db: Database,
  selection: Selection,
  size: number,
): Promise<{ readonly events: number; readonly notPublished: number }> {
  const { rows } = await sql<{ events: number; notPublished: number }>`
    select count(*) filter (where l.leaf_index < ${size})::float8 as events,
           count(*) filter (where l.leaf_index is null or l.leaf_index >= ${size})::float8 as "notPublished"
      from audit_event e left join audit_leaf l on l.event_id = e.id
     where e.leaf is not null and ${isSelected(selection)}`.execute(db)
  return rows[0] ?? { events: 0, notPublished: 0 }
}

/** The streams that are exported whole, each with how many of its events are from before there were leaves. */
export async function listSelectedStreams(
  db: Database,
  selection: Selection,
): Promise<readonly { readonly kind: string; readonly ref: Id; readonly earlier: number }[]> {
  const { rows } = await sql<{ kind: string; ref: Id; earlier: number }>`
    select stream_kind as kind, stream_ref as ref, count(*) filter (where leaf is null)::int as earlier
      from audit_event
     where ${selection === 'all' ? sql`true` : sql`stream_ref = any(${selection})`}
     group by stream_kind, stream_ref order by stream_kind, stream_ref`.execute(db)
  return rows
}

/** The entries below `size`, in the order of the log. */
export async function* readSelected(
  tx: Tx,
  selection: Selection,
  size: number,
): AsyncGenerator<readonly ExportedRow[]> {
  const indexes = selection === 'all' ? undefined : await listIndexes(tx, selection, size)
  for (let first = 0; first < (indexes?.length ?? size); first += PAGE) {
    const page = indexes
      ? sql`l.leaf_index = any(${indexes.slice(first, first + PAGE)}::bigint[])`
      : sql`l.leaf_index >= ${first} and l.leaf_index < ${Math.min(first + PAGE, size)}`
    const { rows } = await sql<ExportedRow>`
      select l.leaf_index::float8 as index, l.event_id as "eventId", e.leaf, l.quarantine
        from audit_leaf l left join audit_event e on e.id = l.event_id
       where ${page} order by l.leaf_index`.execute(tx)
    yield rows
  }
}

async function listIndexes(tx: Tx, refs: readonly Id[], size: number): Promise<readonly number[]> {
  const { rows } = await sql<{ index: number }>`
    select l.leaf_index::float8 as index
      from audit_event e join audit_leaf l on l.event_id = e.id
     where ${isSelected(refs)} and l.leaf_index < ${size} order by l.leaf_index`.execute(tx)
  return rows.map((row) => row.index)
}

function isSelected(selection: Selection): RawBuilder<unknown> {
  if (selection === 'all') return sql`true`
  return sql`(e.stream_ref = any(${selection})
    or (e.action = 'GAP' and e.exam_ref is null and e.metadata->>'stream_ref' = any(${selection}::text[])))`
}

/** The streams of an exam: its own, and those of its batches and copies. */
export async function listStreamsOfExam(db: Database, examRef: Id): Promise<readonly Id[]> {
  const { rows } = await sql<{ ref: Id }>`
    select distinct stream_ref as ref from audit_event where exam_ref = ${examRef} or stream_ref = ${examRef}
     order by stream_ref`.execute(db)
  return rows.map((row) => row.ref)
}
