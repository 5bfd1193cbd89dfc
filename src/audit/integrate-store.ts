import { sql } from 'kysely'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { EventBytes } from './inspect.ts'
import type { Projection } from './projection.ts'

/** The columns of an event that its leaf decides, times in the leaf's own form, and its bytes. */
export const INSPECTED = sql`
  e.leaf, e.mac, e.stream_kind, e.stream_ref, e.seq, e.action, e.actor_kind, e.actor_ref, e.exam_ref, e.request_id,
  to_char(e.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at, e.metadata`

/** An event taken from the queue; all but its id is null when the row is gone. */
export type PendingRow = {
  readonly event_id: string
  readonly is_leaf: boolean
  readonly is_gone: boolean
} & Projection &
  EventBytes

/**
 * Takes up to `limit` events from the queue, in the order of their ids, which is that of every stream. Of an array,
 * unlike of a subquery, PostgreSQL expects few members and looks each one up: the cost of a batch does not depend on how
 * long the queue and the log are.
 */
export async function takePending(tx: Tx, limit: number): Promise<readonly PendingRow[]> {
  const { rows } = await sql<PendingRow>`${computedIsPlain}
    with taken as (
      delete from audit_pending
       where event_id = any(array(select event_id from audit_pending order by event_id limit ${limit}))
       returning event_id)
    select t.event_id, e.id is null as is_gone, l.event_id is not null as is_leaf, ${INSPECTED}
      from taken t
      left join audit_event e on e.id = t.event_id
      left join audit_leaf l on l.event_id = t.event_id
     order by t.event_id`.execute(tx)
  return rows
}

export type TreeRow = { readonly size: number; readonly frontier: Buffer; readonly root: Buffer }

/** How far the tree has grown. */
export async function readTree(db: Database): Promise<TreeRow> {
  const { rows } = await sql<Omit<TreeRow, 'size'> & { size: string }>`
    select size, frontier, root from audit_tree`.execute(db)
  const [row] = rows
  if (!row) throw new Error('the tree is missing')
  return { ...row, size: Number(row.size) }
}

/** Replaces the tree that had `expected` leaves; false when another leader has grown it meanwhile. */
export async function growTree(tx: Tx, expected: number, grown: TreeRow): Promise<boolean> {
  const { rows } = await sql`
    update audit_tree set size = ${grown.size}, frontier = ${grown.frontier}, root = ${grown.root}
     where size = ${expected} returning 1`.execute(tx)
  return rows.length === 1
}

export type NewLeaf = {
  readonly eventId: string
  readonly leafHash: Buffer
  /** The entry, when it is not the event's own leaf. */
  readonly quarantine: Buffer | null
}

/** Gives leaves their indexes, from `first` on. */
export async function insertLeaves(tx: Tx, first: number, leaves: readonly NewLeaf[]): Promise<void> {
  await sql`
    insert into audit_leaf (leaf_index, event_id, leaf_hash, quarantine)
    select ${first} + ordinality - 1, event_id, leaf_hash, quarantine
      from unnest(${leaves.map((leaf) => leaf.eventId)}::bigint[], ${leaves.map((leaf) => leaf.leafHash)}::bytea[],
                  ${leaves.map((leaf) => leaf.quarantine)}::bytea[])
           with ordinality as leaf (event_id, leaf_hash, quarantine, ordinality)`.execute(tx)
}

/** Leaf hashes from index `from` to `to`, without `to`. */
export async function listLeafHashes(db: Database, from: number, to: number): Promise<readonly Buffer[]> {
  const { rows } = await sql<{ leafHash: Buffer }>`
    select leaf_hash as "leafHash" from audit_leaf
     where leaf_index >= ${from} and leaf_index < ${to} order by leaf_index`.execute(db)
  return rows.map((row) => row.leafHash)
}

/** The entries as they are published, from index `from` to `to`, without `to`; null where the event is gone. */
export async function listEntries(
  db: Database,
  from: number,
  to: number,
): Promise<readonly (Buffer | null)[]> {
  const { rows } = await sql<{ entry: Buffer | null }>`${computedIsPlain}
    select coalesce(l.quarantine, e.leaf) as entry
      from audit_leaf l left join audit_event e on e.id = l.event_id
     where l.leaf_index >= ${from} and l.leaf_index < ${to} order by l.leaf_index`.execute(db)
  return rows.map((row) => row.entry)
}
