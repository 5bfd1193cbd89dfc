import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { StreamKeyRow } from './append-store.ts'

/** How many keys of streams lie under other master keys than that of this id, in hexadecimal. */
export async function countWrappedOtherwise(db: Database, masterId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from audit_stream_key
     where substring(wrapped for 4) <> decode(${masterId}, 'hex')`.execute(db)
  return rows[0]?.count ?? 0
}

/** Streams after `after` whose keys do, in order. */
export async function listWrappedOtherwise(
  db: Database,
  page: { masterId: string; after: Id | undefined; limit: number },
): Promise<Id[]> {
  const { rows } = await sql<{ streamRef: Id }>`
    select stream_ref as "streamRef" from audit_stream_key
     where substring(wrapped for 4) <> decode(${page.masterId}, 'hex')
       and (${page.after ?? null}::uuid is null or stream_ref > ${page.after ?? null})
     order by stream_ref limit ${page.limit}`.execute(db)
  return rows.map(({ streamRef }) => streamRef)
}

/**
 * Keeps everybody from adding and removing keys until the transaction ends. Without it, an erasure that waits for a row
 * would find it gone, and miss the one that came in its place.
 */
export async function lockStreamKeys(tx: Tx): Promise<void> {
  await sql`lock table audit_stream_key in share row exclusive mode`.execute(tx)
}

export async function deleteStreamKeys(tx: Tx, rows: readonly StreamKeyRow[]): Promise<void> {
  await sql`delete from audit_stream_key where stream_ref = any(${rows.map((row) => row.streamRef)})`.execute(
    tx,
  )
}

export async function insertStreamKeys(tx: Tx, rows: readonly StreamKeyRow[]): Promise<void> {
  await sql`
    insert into audit_stream_key (stream_ref, key_ref, wrapped)
    select * from unnest(${rows.map((row) => row.streamRef)}::uuid[], ${rows.map((row) => row.keyRef)}::uuid[],
                         ${rows.map((row) => row.wrapped)}::bytea[])`.execute(tx)
}
