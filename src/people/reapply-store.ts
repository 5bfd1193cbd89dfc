import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database } from '../platform/database.ts'
import { IS_OF_SCAN_ITSELF } from './erase-store.ts'

export type ErasedStream = {
  readonly streamRef: Id
  /** Null when there is no such copy here. */
  readonly copyId: Id | null
}

/** The streams of batches whose scans were erased, by the events of the log. */
export async function listErasedScans(db: Database): Promise<readonly Id[]> {
  const { rows } = await sql<{ streamRef: Id }>`
    select distinct stream_ref as "streamRef" from audit_event
     where action = 'ERASE' and stream_kind = 'batch' order by 1`.execute(db)
  return rows.map(({ streamRef }) => streamRef)
}

/** A scan that was erased by itself. */
export type ErasedScan = {
  readonly streamRef: Id
  /** Null when there is no such batch here. */
  readonly batchId: Id | null
}

/** The streams of batches whose scans were erased by themselves, by the events of the log. */
export async function listScansErasedThemselves(db: Database): Promise<readonly ErasedScan[]> {
  const { rows } = await sql<ErasedScan>`
    select distinct e.stream_ref as "streamRef", b.id as "batchId"
      from audit_event e left join batch b on b.stream_ref = e.stream_ref
     where ${IS_OF_SCAN_ITSELF} order by 1`.execute(db)
  return rows
}

/** The batches whose events are on these streams. */
export async function listBatchesOf(db: Database, streamRefs: readonly Id[]): Promise<readonly ErasedScan[]> {
  const { rows } = await sql<ErasedScan>`
    select s.stream_ref as "streamRef", b.id as "batchId"
      from unnest(${[...streamRefs]}::uuid[]) as s (stream_ref) left join batch b on b.stream_ref = s.stream_ref
     order by s.stream_ref`.execute(db)
  return rows
}

/** The streams of copies that were erased, by the events of the log and by the rows of the copies. */
export async function listErasedStreams(db: Database): Promise<readonly ErasedStream[]> {
  const { rows } = await sql<ErasedStream>`
    select e.stream_ref as "streamRef", c.id as "copyId"
      from (select stream_ref from audit_event where action = 'ERASE' and stream_kind = 'copy'
             union select stream_ref from copy where erased_at is not null) e
      left join copy c on c.stream_ref = e.stream_ref
     order by e.stream_ref`.execute(db)
  return rows
}

/** The copies whose events are on these streams. */
export async function listCopiesOf(
  db: Database,
  streamRefs: readonly Id[],
): Promise<readonly ErasedStream[]> {
  const { rows } = await sql<ErasedStream>`
    select s.stream_ref as "streamRef", c.id as "copyId"
      from unnest(${[...streamRefs]}::uuid[]) as s (stream_ref) left join copy c on c.stream_ref = s.stream_ref
     order by s.stream_ref`.execute(db)
  return rows
}
