import { sql } from 'kysely'
import { isErased } from '../audit/append-store.ts'
import type { BatchStatus } from '../copies/batch-store.ts'
import type { Id } from '../observability/id.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database, Tx } from '../platform/database.ts'

/** What is erased: a copy with the scans that it came in, or a scan by itself. */
export type Subject = { readonly copyId: Id } | { readonly batchId: Id }

/** A scan that is to be erased. */
export type ScanRow = { readonly batchId: Id; readonly streamRef: Id; readonly status: BatchStatus }

/** Of a copy: its batch, and those that pages of it are or were from: whoever replaced one put in another scan. */
const SCANS_OF = (subject: Subject) =>
  'batchId' in subject
    ? sql`select ${subject.batchId}::uuid`
    : sql`
  select batch_id from copy where id = ${subject.copyId}
  union select batch_id from page where copy_id = ${subject.copyId} or former_copy_id = ${subject.copyId}`

/** Takes the scans for this transaction, as the end of an import does; none when there is no such copy or batch. */
export async function takeScans(tx: Tx, subject: Subject): Promise<readonly ScanRow[]> {
  const { rows } = await sql<ScanRow>`
    select b.id as "batchId", b.stream_ref as "streamRef", b.status
      from batch b where b.id in (${SCANS_OF(subject)}) order by b.id for update of b`.execute(tx)
  return rows
}

/**
 * Of a copy: the pages that are or were last in it, and those of its scans that were never in any: they may be this
 * person's.
 */
const PAGES_OF = (subject: Subject) =>
  'batchId' in subject
    ? sql`batch_id = ${subject.batchId}`
    : sql`
  (copy_id = ${subject.copyId} or former_copy_id = ${subject.copyId}
    or (copy_id is null and former_copy_id is null and batch_id in (${SCANS_OF(subject)})))`

/** What there is to erase of scans. */
export type ScanHoldings = {
  /** On the streams of the batches that the scans are, and on the copy's. */
  readonly sealedFields: number
  readonly streamKeys: number
  readonly pages: number
  /** Whole scans, with their names. */
  readonly scans: number
}

export async function countScanHoldings(db: Database, subject: Subject): Promise<ScanHoldings> {
  const { rows } = await sql<ScanHoldings>`
    select (select count(*)::int from audit_sealed s where s.stream_ref in (${STREAMS_OF(subject)})) as "sealedFields",
           (select count(*)::int from audit_stream_key k where k.stream_ref in (${STREAMS_OF(subject)})) as "streamKeys",
           (select count(*)::int from page where ${PAGES_OF(subject)} and full_sha256 is not null) as pages,
           (select count(*)::int from batch b
             where b.id in (${SCANS_OF(subject)}) and b.original_sha256 is not null) as scans`.execute(db)
  return rows[0] as ScanHoldings
}

/** The streams of scans, and of the copy that came in them. */
const STREAMS_OF = (subject: Subject) => {
  const ofScans = sql`select b.stream_ref from batch b where b.id in (${SCANS_OF(subject)})`
  if ('batchId' in subject) return ofScans
  return sql`${ofScans} union all select stream_ref from copy where id = ${subject.copyId}`
}

/** Every naming of a content by what is to be erased: a content that is named twice is here twice. */
const NAMED = (subject: Subject) => {
  const byScans = sql`
  select b.original_sha256 as sha256 from batch b where b.id in (${SCANS_OF(subject)})
  union all select unnest(array[full_sha256, screen_sha256, thumbnail_sha256]) from page where ${PAGES_OF(subject)}`
  if ('batchId' in subject) return byScans
  return sql`${byScans}
  union all select original_sha256 from copy where id = ${subject.copyId}
  union all select prepared_sha256 from copy where id = ${subject.copyId}
  union all select marked_sha256 from grading_result where copy_id = ${subject.copyId}`
}

/** The contents that nothing else names: the same bytes may be a part of two copies. */
export async function listOwnBlobs(db: Database, subject: Subject): Promise<readonly string[]> {
  const { rows } = await sql<{ sha256: string }>`${computedIsPlain}
    select sha256 from (${NAMED(subject)}) as named where sha256 is not null
     group by sha256 having count(*) = (select count(*) from blob_use u where u.sha256 = named.sha256)`.execute(
    db,
  )
  return rows.map((row) => row.sha256)
}

/** What an erasure named is remembered under whatever was erased. */
const KEY = (subject: Subject) => ('batchId' in subject ? sql.ref('batch_id') : sql.ref('copy_id'))
const idOf = (subject: Subject): Id => ('batchId' in subject ? subject.batchId : subject.copyId)

/** Remembers what is named, for the removal of the files. */
export async function insertErasedBlobs(tx: Tx, subject: Subject): Promise<void> {
  await sql`
    insert into erased_blob (${KEY(subject)}, sha256)
    select distinct ${idOf(subject)}::uuid, sha256 from (${NAMED(subject)}) as named where sha256 is not null
        on conflict do nothing`.execute(tx)
}

export async function listErasedBlobs(db: Database, subject: Subject): Promise<readonly string[]> {
  const { rows } = await sql<{ sha256: string }>`
    select sha256 from erased_blob where ${KEY(subject)} = ${idOf(subject)}`.execute(db)
  return rows.map((row) => row.sha256)
}

export async function deleteErasedBlob(db: Database, subject: Subject, sha256: string): Promise<void> {
  await sql`delete from erased_blob where ${KEY(subject)} = ${idOf(subject)} and sha256 = ${sha256}`.execute(
    db,
  )
}

/** Since when the longest import has been running: it may have stored contents that it has not named yet. */
export async function findLongestImportMs(db: Database): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select coalesce(extract(epoch from clock_timestamp() - min(import_started_at)) * 1000, 0)::float8 as ms
      from batch where status = 'IMPORTING'`.execute(db)
  return rows[0]?.ms ?? 0
}

/** The pages stay, so that none is lost; their images, and what tells whose they were, do not. */
export async function forgetImages(tx: Tx, subject: Subject): Promise<void> {
  await sql`
    update page set full_sha256 = null, screen_sha256 = null, thumbnail_sha256 = null, copy_code = null,
           fingerprint = null
     where ${PAGES_OF(subject)}`.execute(tx)
}

/** The scan, its name, and the key under which it was sent, which may be made of either. */
export async function forgetScan(tx: Tx, batchId: Id): Promise<void> {
  await sql`
    update batch set original_sha256 = null, file_name_sealed = null, idempotency_key = null
     where id = ${batchId}`.execute(tx)
}

/** The event of a scan that was erased by itself tells of its pages; with a copy, the copy's event is the one to go by. */
export const IS_OF_SCAN_ITSELF = sql`e.action = 'ERASE' and e.stream_kind = 'batch' and e.metadata ? 'pages'`

/**
 * Takes the next place of a batch's stream for the event of its erasure; undefined when the log has that event already.
 * The counter may be older than the events of the log. Of a scan that is erased by itself the event is one of its own:
 * what went with a copy before may not have been all.
 */
export async function takeErasurePlace(
  tx: Tx,
  { batchId, streamRef }: ScanRow,
  isByItself: boolean,
): Promise<number | undefined> {
  const isRecorded = await (isByItself ? isErasedByItself(tx, streamRef) : isErased(tx, streamRef))
  const { rows } = await sql<{ seq: number }>`
    update batch
       set event_seq = ${isRecorded ? 0 : 1}::int
                       + greatest(event_seq, (select max(seq) from audit_event e where e.stream_ref = ${streamRef}))
     where id = ${batchId} returning event_seq as seq`.execute(tx)
  return isRecorded ? undefined : rows[0]?.seq
}

async function isErasedByItself(tx: Tx, streamRef: Id): Promise<boolean> {
  const { rows } = await sql`
    select 1 from audit_event e where e.stream_ref = ${streamRef} and ${IS_OF_SCAN_ITSELF} limit 1`.execute(
    tx,
  )
  return rows.length > 0
}

/** Returns how many there were. */
export async function deleteSealedMembers(tx: Tx, streamRef: Id): Promise<number> {
  const { numAffectedRows } = await sql`delete from audit_sealed where stream_ref = ${streamRef}`.execute(tx)
  return Number(numAffectedRows ?? 0)
}

export async function deleteStreamKey(tx: Tx, streamRef: Id): Promise<void> {
  await sql`delete from audit_stream_key where stream_ref = ${streamRef}`.execute(tx)
}

/** Whether the spool holds a leaf that names the stream. Its bytes are searched as they are: they may be anything. */
export async function isSpooled(db: Database, streamRef: Id): Promise<boolean> {
  const { rows } = await sql`
    select 1 from audit_spool where position(convert_to(${streamRef}::text, 'UTF8') in leaf) > 0 limit 1`.execute(
    db,
  )
  return rows.length > 0
}
