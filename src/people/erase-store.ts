import { sql } from 'kysely'
import { isErased } from '../audit/append-store.ts'
import type { BatchStatus } from '../copies/batch-store.ts'
import type { Id } from '../observability/id.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database, Tx } from '../platform/database.ts'

/** A scan that pages of a copy are from. */
export type ScanRow = { readonly batchId: Id; readonly streamRef: Id; readonly status: BatchStatus }

/** The batch of a copy, and those that pages of it are or were from: whoever replaced one put in another scan. */
const SCANS_OF = (copyId: Id) => sql`
  select batch_id from copy where id = ${copyId}
  union select batch_id from page where copy_id = ${copyId} or former_copy_id = ${copyId}`

/** Takes the scans of a copy for this transaction, as the end of an import does; none when there is no such copy. */
export async function takeScans(tx: Tx, copyId: Id): Promise<readonly ScanRow[]> {
  const { rows } = await sql<ScanRow>`
    select b.id as "batchId", b.stream_ref as "streamRef", b.status
      from batch b where b.id in (${SCANS_OF(copyId)}) order by b.id for update of b`.execute(tx)
  return rows
}

/**
 * Another copy with pages of these scans whose PDF is still to be made of them: without the scans it never would be, and
 * nobody could declare that copy complete.
 */
export async function findCopyInPreparation(db: Database, copyId: Id): Promise<Id | undefined> {
  const { rows } = await sql<{ id: Id }>`
    select c.id from copy c
     where c.id <> ${copyId} and c.status = 'STAGING' and c.erased_at is null
       and c.prepared_version is distinct from c.pages_version
       and exists (select from page p join batch b on b.id = p.batch_id
                    where p.copy_id = c.id and b.original_sha256 is not null and b.id in (${SCANS_OF(copyId)}))
     limit 1`.execute(db)
  return rows[0]?.id
}

/** The streams of a copy and of its scans. */
const STREAMS_OF = (copyId: Id) => sql`
  select stream_ref from copy where id = ${copyId}
  union all select b.stream_ref from batch b where b.id in (${SCANS_OF(copyId)})`

/** The pages that are or were last in a copy, and those of its scans that were never in any: they may be this person's. */
const PAGES_OF = (copyId: Id) => sql`
  (copy_id = ${copyId} or former_copy_id = ${copyId}
    or (copy_id is null and former_copy_id is null and batch_id in (${SCANS_OF(copyId)})))`

/** What there is to erase of a copy. */
export type Holdings = {
  /** On the copy's stream, and on those of the batches that its scans are. */
  readonly sealedFields: number
  readonly streamKeys: number
  readonly annotations: number
  readonly scores: number
  readonly remarks: number
  readonly results: number
  readonly pages: number
  /** Whether it is known whose copy it is. */
  readonly students: number
  /** Whole scans, with their names. */
  readonly scans: number
}

export async function countHoldings(db: Database, copyId: Id): Promise<Holdings> {
  const { rows } = await sql<Holdings>`
    select (select count(*)::int from audit_sealed s where s.stream_ref in (${STREAMS_OF(copyId)})) as "sealedFields",
           (select count(*)::int from audit_stream_key k where k.stream_ref in (${STREAMS_OF(copyId)})) as "streamKeys",
           (select count(*)::int from annotation a where a.copy_id = c.id) as annotations,
           (select count(*)::int from score s where s.copy_id = c.id) as scores,
           (select count(*)::int from remark r where r.copy_id = c.id) as remarks,
           (select count(*)::int from grading_result r where r.copy_id = c.id) as results,
           (select count(*)::int from people.copy_student s where s.copy_id = c.id) as students,
           (select count(*)::int from page where ${PAGES_OF(copyId)} and full_sha256 is not null) as pages,
           (select count(*)::int from batch b
             where b.id in (${SCANS_OF(copyId)}) and b.original_sha256 is not null) as scans
      from copy c where c.id = ${copyId}`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a copy that is gone')
  return row
}

/** Every naming of a content by what is to be erased: a content that is named twice is here twice. */
const NAMED = (copyId: Id) => sql`
  select original_sha256 as sha256 from copy where id = ${copyId}
  union all select prepared_sha256 from copy where id = ${copyId}
  union all select b.original_sha256 from batch b where b.id in (${SCANS_OF(copyId)})
  union all select unnest(array[full_sha256, screen_sha256, thumbnail_sha256]) from page where ${PAGES_OF(copyId)}
  union all select marked_sha256 from grading_result where copy_id = ${copyId}`

/** The contents that nothing else names: the same bytes may be a part of two copies. */
export async function listOwnBlobs(db: Database, copyId: Id): Promise<readonly string[]> {
  const { rows } = await sql<{ sha256: string }>`${computedIsPlain}
    select sha256 from (${NAMED(copyId)}) as named where sha256 is not null
     group by sha256 having count(*) = (select count(*) from blob_use u where u.sha256 = named.sha256)`.execute(
    db,
  )
  return rows.map((row) => row.sha256)
}

/** Remembers what the copy names, for the removal of the files. */
export async function insertErasedBlobs(tx: Tx, copyId: Id): Promise<void> {
  await sql`
    insert into erased_blob (copy_id, sha256)
    select distinct ${copyId}::uuid, sha256 from (${NAMED(copyId)}) as named where sha256 is not null
        on conflict do nothing`.execute(tx)
}

export async function listErasedBlobs(db: Database, copyId: Id): Promise<readonly string[]> {
  const { rows } = await sql<{ sha256: string }>`
    select sha256 from erased_blob where copy_id = ${copyId}`.execute(db)
  return rows.map((row) => row.sha256)
}

export async function deleteErasedBlob(db: Database, copyId: Id, sha256: string): Promise<void> {
  await sql`delete from erased_blob where copy_id = ${copyId} and sha256 = ${sha256}`.execute(db)
}

/** Since when the longest import has been running: it may have stored contents that it has not named yet. */
export async function findLongestImportMs(db: Database): Promise<number> {
  const { rows } = await sql<{ ms: number }>`
    select coalesce(extract(epoch from clock_timestamp() - min(import_started_at)) * 1000, 0)::float8 as ms
      from batch where status = 'IMPORTING'`.execute(db)
  return rows[0]?.ms ?? 0
}

/** Marks the copy as erased and takes the next place of its stream. */
export async function markErased(tx: Tx, copyId: Id): Promise<number> {
  const { rows } = await sql<{ seq: number }>`
    update copy set erased_at = clock_timestamp(), original_sha256 = null, prepared_sha256 = null, event_seq = event_seq + 1
     where id = ${copyId} returning event_seq as seq`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('a copy that is gone')
  return row.seq
}

/** Marks a copy as erased whose events say so already: its row is older than they are, and so is its counter. */
export async function markErasedAgain(tx: Tx, copyId: Id): Promise<void> {
  await sql`
    update copy set erased_at = clock_timestamp(), original_sha256 = null, prepared_sha256 = null,
           event_seq = greatest(event_seq, (select max(seq) from audit_event e where e.stream_ref = copy.stream_ref))
     where id = ${copyId}`.execute(tx)
}

export async function deleteAnnotations(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from annotation where copy_id = ${copyId}`.execute(tx)
}

export async function deleteScores(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from score where copy_id = ${copyId}`.execute(tx)
}

export async function deleteRemarks(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from remark where copy_id = ${copyId}`.execute(tx)
}

export async function deleteResults(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from grading_result where copy_id = ${copyId}`.execute(tx)
}

export async function deleteStudent(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from people.copy_student where copy_id = ${copyId}`.execute(tx)
}

/** The pages stay, so that none is lost; their images, and what tells whose they were, do not. */
export async function forgetImages(tx: Tx, copyId: Id): Promise<void> {
  await sql`
    update page set full_sha256 = null, screen_sha256 = null, thumbnail_sha256 = null, copy_code = null,
           fingerprint = null
     where ${PAGES_OF(copyId)}`.execute(tx)
}

/** The scan, its name, and the key under which it was sent, which may be made of either. */
export async function forgetScan(tx: Tx, batchId: Id): Promise<void> {
  await sql`
    update batch set original_sha256 = null, file_name_sealed = null, idempotency_key = null
     where id = ${batchId}`.execute(tx)
}

/**
 * Takes the next place of a batch's stream for the event of its erasure; undefined when the log has that event already,
 * for a batch whose counter may be older than its events.
 */
export async function takeErasurePlace(tx: Tx, { batchId, streamRef }: ScanRow): Promise<number | undefined> {
  if (await isErased(tx, streamRef)) {
    await sql`
      update batch set event_seq = greatest(event_seq, (select max(seq) from audit_event e where e.stream_ref = ${streamRef}))
       where id = ${batchId}`.execute(tx)
    return undefined
  }
  const { rows } = await sql<{ seq: number }>`
    update batch set event_seq = event_seq + 1 where id = ${batchId} returning event_seq as seq`.execute(tx)
  return rows[0]?.seq
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
