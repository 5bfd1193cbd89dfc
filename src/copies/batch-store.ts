import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { Split } from './contract.ts'

export type BatchStatus = 'UPLOADED' | 'IMPORTING' | 'IMPORTED' | 'FAILED'

export type BatchRow = {
  readonly id: Id
  readonly examId: Id
  readonly examRef: Id
  readonly streamRef: Id
  readonly status: BatchStatus
  /** Null, as the name, once the scan was erased: with the person of a copy, whose pages it held, or by itself. */
  readonly originalSha256: string | null
  readonly sizeBytes: number
  readonly fileNameSealed: Sensitive<Buffer> | null
  readonly split: Split
  readonly pagesPerCopy: number | null
  /** As the exam had it when the scan was uploaded, and what its codes begin with. */
  readonly codePattern: string | null
  readonly codeExam: Sensitive<string> | null
  readonly repaired: boolean
  readonly pageCount: number | null
  readonly pagesExpected: number | null
  readonly pagesDone: number
  readonly errorCode: string | null
  readonly createdAt: Date
  readonly filedPages: number
  readonly discardedPages: number
  readonly unresolvedPages: number
  readonly copies: readonly Id[]
}

const BATCH = sql`
  b.id, b.exam_id as "examId", e.stream_ref as "examRef", b.stream_ref as "streamRef", b.status,
  b.original_sha256 as "originalSha256", b.size_bytes::float8 as "sizeBytes", b.file_name_sealed as "fileNameSealed",
  b.split, b.pages_per_copy as "pagesPerCopy", b.code_pattern as "codePattern", b.code_exam as "codeExam", b.repaired,
  b.page_count as "pageCount", least(b.pages_expected, n.highest) as "pagesExpected", b.error_code as "errorCode",
  b.created_at as "createdAt", n.filed as "filedPages", n.discarded as "discardedPages",
  n.unresolved as "unresolvedPages",
  n.done as "pagesDone",
  (select coalesce(array_agg(c.id order by c.batch_position), '{}') from copy c where c.batch_id = b.id) as copies`

/**
 * Each page is counted in one of three places, at all times. A number that was read wrongly, and is put right, no longer
 * makes all copies lack pages.
 */
const FROM_BATCH = sql`
  batch b join exam e on e.id = b.exam_id
  cross join lateral (
    select count(p.copy_id)::int as filed, count(p.discarded_at)::int as discarded,
           count(*) filter (where p.copy_id is null and p.discarded_at is null)::int as unresolved,
           count(*) filter (where b.status = 'IMPORTED' or p.full_sha256 is not null or p.error_code is not null)::int
             as done,
           max(p.page_number) filter (where not p.flags @> '[{"kind": "foreign-exam"}]') as highest
      from page p where p.batch_id = b.id) n`

export async function insertBatch(
  tx: Tx,
  batch: {
    id: Id
    examId: Id
    originalSha256: string
    sizeBytes: number
    fileNameSealed: Sensitive<Buffer>
    split: Split
    pagesPerCopy: number | undefined
    codePattern: string | null
    codeExam: Sensitive<string> | null
    idempotencyKey: Sensitive<string> | undefined
    importJobId: Id
    createdBy: Id
  },
): Promise<Id> {
  const { rows } = await sql<{ streamRef: Id }>`
    insert into batch (id, exam_id, event_seq, original_sha256, size_bytes, file_name_sealed, split,
                       pages_per_copy, code_pattern, code_exam, idempotency_key, import_job_id, created_by)
    values (${batch.id}, ${batch.examId}, 1, ${batch.originalSha256}, ${batch.sizeBytes}, ${batch.fileNameSealed},
            ${batch.split}, ${batch.pagesPerCopy ?? null}, ${batch.codePattern}, ${batch.codeExam},
            ${batch.idempotencyKey ?? null}, ${batch.importJobId}, ${batch.createdBy})
    returning stream_ref as "streamRef"`.execute(tx)
  return (rows[0] as { streamRef: Id }).streamRef
}

/** What is compared when an upload is sent again under its key. */
export type KeyedUpload = {
  readonly id: Id
  readonly examId: Id
  readonly originalSha256: string | null
  readonly split: Split
  readonly pagesPerCopy: number | null
}

/** The upload that an account made under a key. Whoever asks for the same key meanwhile waits for this transaction. */
export async function findUploadByKey(
  tx: Tx,
  accountId: Id,
  key: Sensitive<string>,
): Promise<KeyedUpload | undefined> {
  const lock = sql`hashtextextended(${accountId}::text || ':' || ${key}::text, 0)`
  await sql`select pg_advisory_xact_lock(${lock})`.execute(tx)
  const { rows } = await sql<KeyedUpload>`
    select id, exam_id as "examId", original_sha256 as "originalSha256", split,
           pages_per_copy as "pagesPerCopy"
      from batch where created_by = ${accountId} and idempotency_key = ${key}`.execute(tx)
  return rows[0]
}

/**
 * The first batch of an exam that was made of this scan, unless its import failed. Whoever asks for the same scan
 * meanwhile waits for this transaction.
 */
export async function findSameScan(
  tx: Tx,
  scan: { readonly examId: Id; readonly sha256: string },
): Promise<Id | undefined> {
  const lock = sql`hashtextextended(${scan.examId}::text || ':' || ${scan.sha256}::text, 0)`
  await sql`select pg_advisory_xact_lock(${lock})`.execute(tx)
  return findScan(tx, scan)
}

/** The same, for a first look. */
export async function findScan(
  db: Database,
  { examId, sha256 }: { readonly examId: Id; readonly sha256: string },
): Promise<Id | undefined> {
  const { rows } = await sql<{ id: Id }>`
    select id from batch where exam_id = ${examId} and original_sha256 = ${sha256} and status <> 'FAILED'
     order by created_at limit 1`.execute(db)
  return rows[0]?.id
}

/** How far the imports of these batches are. */
export async function listProgress(
  db: Database,
  batchIds: readonly Id[],
): Promise<readonly Pick<BatchRow, 'id' | 'status' | 'pageCount' | 'pagesDone' | 'errorCode'>[]> {
  const { rows } = await sql<BatchRow>`
    select b.id, b.status, b.page_count as "pageCount", n.done as "pagesDone", b.error_code as "errorCode"
      from ${FROM_BATCH} where b.id = any(${[...batchIds]}::uuid[])`.execute(db)
  return rows
}

export async function findBatch(db: Database, batchId: Id): Promise<BatchRow | undefined> {
  const { rows } = await sql<BatchRow>`
    select ${BATCH} from ${FROM_BATCH} where b.id = ${batchId}`.execute(db)
  return rows[0]
}

/** Takes the batch's row for this transaction, and the next place of its stream, which an event must take. */
export async function takeBatch(tx: Tx, batchId: Id): Promise<{ batch: BatchRow; seq: number } | undefined> {
  const { rows } = await sql<{ seq: number }>`
    update batch set event_seq = event_seq + 1 where id = ${batchId} returning event_seq as seq`.execute(tx)
  const batch = await findBatch(tx, batchId)
  return batch && rows[0] ? { batch, seq: rows[0].seq } : undefined
}

/** Makes a batch what it was before its import, which another job goes on with: pages that were read stay so. */
export async function resetImport(tx: Tx, batchId: Id, importJobId: Id): Promise<void> {
  await sql`
    update batch
       set status = 'UPLOADED', import_job_id = ${importJobId}, error_code = null, import_started_at = null,
           finished_at = null, stalled_attempts = 0, dismissed_at = null
     where id = ${batchId}`.execute(tx)
}

/** False when it was dismissed already. */
export async function markDismissed(tx: Tx, batchId: Id): Promise<boolean> {
  const { rows } = await sql`
    update batch set dismissed_at = clock_timestamp() where id = ${batchId} and dismissed_at is null
    returning 1`.execute(tx)
  return rows.length === 1
}

export async function listBatches(db: Database, examId: Id): Promise<readonly BatchRow[]> {
  const { rows } = await sql<BatchRow>`
    select ${BATCH} from ${FROM_BATCH}
     where b.exam_id = ${examId} order by b.created_at desc limit 500`.execute(db)
  return rows
}

/**
 * Marks the batch as being imported, unless its import has ended; the first attempt's start is kept. Returns how many
 * attempts in a row, this one included, have begun with no page more than the one before. Pages that were given up are
 * progress as long as no fewer were read: a scan that loses the engine with each of its pages must not be tried for hours.
 */
export async function startImport(db: Database, batchId: Id, jobId: Id): Promise<number | undefined> {
  const { rows } = await sql<{ stalled: number }>`
    update batch
       set status = 'IMPORTING', import_started_at = coalesce(import_started_at, clock_timestamp()),
           stalled_attempts = case when n.done > pages_at_start then 1 else stalled_attempts + 1 end,
           pages_at_start = n.done
      from (select count(full_sha256) + least(count(full_sha256), count(error_code)) as done
              from page where batch_id = ${batchId}) n
     where id = ${batchId} and import_job_id = ${jobId} and status in ('UPLOADED', 'IMPORTING')
     returning stalled_attempts as stalled`.execute(db)
  return rows[0]?.stalled
}

/**
 * An attempt that the worker gave back because it stops says nothing about the scan. Nothing changes unless it is still
 * the last one: `stalled` is what beginning it returned.
 */
export async function forgetAttempt(db: Database, batchId: Id, stalled: number): Promise<void> {
  await sql`
    update batch set stalled_attempts = stalled_attempts - 1
     where id = ${batchId} and stalled_attempts = ${stalled} and stalled_attempts > 0`.execute(db)
}

/** What each copy of a scan should have, by the codes on its sheets. */
export async function setPagesExpected(tx: Tx, batchId: Id, pagesExpected: number | null): Promise<void> {
  await sql`update batch set pages_expected = ${pagesExpected} where id = ${batchId}`.execute(tx)
}

/**
 * Ends the import if this job still owns it: compare-and-set on (status, job). Takes `events` places of the batch's stream.
 * Returns the time since the first attempt began and the last place taken, or undefined when another run ended it first.
 */
export async function endImport(
  tx: Tx,
  end: { batchId: Id; jobId: Id; status: 'IMPORTED' | 'FAILED'; errorCode?: string; events: number },
): Promise<{ readonly seconds: number; readonly seq: number } | undefined> {
  const { rows } = await sql<{ seconds: number; seq: number }>`
    update batch
       set status = ${end.status}, error_code = ${end.errorCode ?? null}, finished_at = clock_timestamp(),
           event_seq = event_seq + ${end.events}
     where id = ${end.batchId} and import_job_id = ${end.jobId} and status in ('UPLOADED', 'IMPORTING')
     returning coalesce(extract(epoch from clock_timestamp() - import_started_at), 0)::float8 as seconds,
               event_seq as seq`.execute(tx)
  return rows[0]
}

export async function countBatchesByStatus(db: Database): Promise<ReadonlyMap<BatchStatus, number>> {
  const { rows } = await sql<{ status: BatchStatus; batches: number }>`
    select status, count(*)::int as batches from batch group by status`.execute(db)
  return new Map(rows.map((row) => [row.status, row.batches]))
}

/** Batches that have waited for the end of their import for longer than `seconds`, with their jobs. */
export async function listLongImports(
  db: Database,
  seconds: number,
): Promise<readonly { batchId: Id; jobId: Id }[]> {
  const { rows } = await sql<{ batchId: Id; jobId: Id }>`
    select id as "batchId", import_job_id as "jobId" from batch
     where status in ('UPLOADED', 'IMPORTING') and created_at < clock_timestamp() - make_interval(secs => ${seconds})
     limit 500`.execute(db)
  return rows
}
