import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'

export type BatchStatus = 'UPLOADED' | 'IMPORTING' | 'IMPORTED' | 'FAILED'

export type BatchRow = {
  readonly id: Id
  readonly examId: Id
  readonly examRef: Id
  readonly streamRef: Id
  readonly status: BatchStatus
  /** Null, as the name, once the person of a copy was erased: the scan held their pages. */
  readonly originalSha256: string | null
  readonly sizeBytes: number
  readonly fileNameSealed: Sensitive<Buffer> | null
  readonly pagesPerCopy: number | null
  readonly pageCount: number | null
  readonly pagesDone: number
  readonly errorCode: string | null
  readonly createdAt: Date
  readonly unresolvedPages: number
  readonly copies: readonly Id[]
}

const BATCH = sql`
  b.id, b.exam_id as "examId", e.stream_ref as "examRef", b.stream_ref as "streamRef", b.status,
  b.original_sha256 as "originalSha256", b.size_bytes::float8 as "sizeBytes", b.file_name_sealed as "fileNameSealed",
  b.pages_per_copy as "pagesPerCopy", b.page_count as "pageCount", b.pages_done as "pagesDone",
  b.error_code as "errorCode", b.created_at as "createdAt",
  (select count(*)::int from page p where p.batch_id = b.id and p.copy_id is null) as "unresolvedPages",
  (select coalesce(array_agg(c.id order by c.batch_position), '{}') from copy c where c.batch_id = b.id) as copies`

export async function insertBatch(
  tx: Tx,
  batch: {
    id: Id
    examId: Id
    originalSha256: string
    sizeBytes: number
    fileNameSealed: Sensitive<Buffer>
    pagesPerCopy: number | undefined
    idempotencyKey: Sensitive<string> | undefined
    importJobId: Id
    createdBy: Id
  },
): Promise<Id> {
  const { rows } = await sql<{ streamRef: Id }>`
    insert into batch (id, exam_id, event_seq, original_sha256, size_bytes, file_name_sealed, pages_per_copy,
                       idempotency_key, import_job_id, created_by)
    values (${batch.id}, ${batch.examId}, 1, ${batch.originalSha256}, ${batch.sizeBytes}, ${batch.fileNameSealed},
            ${batch.pagesPerCopy ?? null}, ${batch.idempotencyKey ?? null}, ${batch.importJobId}, ${batch.createdBy})
    returning stream_ref as "streamRef"`.execute(tx)
  return (rows[0] as { streamRef: Id }).streamRef
}

export type UploadRow = {
  readonly id: Id
  readonly examId: Id
  readonly originalSha256: string | null
  readonly pagesPerCopy: number | null
}

/** The upload that an account made under a key. Whoever asks for the same key meanwhile waits for this transaction. */
export async function findUploadByKey(
  tx: Tx,
  accountId: Id,
  key: Sensitive<string>,
): Promise<UploadRow | undefined> {
  const lock = sql`hashtextextended(${accountId}::text || ':' || ${key}::text, 0)`
  await sql`select pg_advisory_xact_lock(${lock})`.execute(tx)
  const { rows } = await sql<UploadRow>`
    select id, exam_id as "examId", original_sha256 as "originalSha256", pages_per_copy as "pagesPerCopy"
      from batch where created_by = ${accountId} and idempotency_key = ${key}`.execute(tx)
  return rows[0]
}

export async function findBatch(db: Database, batchId: Id): Promise<BatchRow | undefined> {
  const { rows } = await sql<BatchRow>`
    select ${BATCH} from batch b join exam e on e.id = b.exam_id where b.id = ${batchId}`.execute(db)
  return rows[0]
}

/** Takes the batch's row for this transaction, and the next place of its stream, which an event must take. */
export async function takeBatch(tx: Tx, batchId: Id): Promise<{ batch: BatchRow; seq: number } | undefined> {
  const { rows } = await sql<{ seq: number }>`
    update batch set event_seq = event_seq + 1 where id = ${batchId} returning event_seq as seq`.execute(tx)
  const batch = await findBatch(tx, batchId)
  return batch && rows[0] ? { batch, seq: rows[0].seq } : undefined
}

/** Makes a batch what it was before its import, which another job will do. */
export async function resetImport(tx: Tx, batchId: Id, importJobId: Id): Promise<void> {
  await sql`
    update batch
       set status = 'UPLOADED', import_job_id = ${importJobId}, error_code = null, import_started_at = null,
           finished_at = null, page_count = null, pages_done = 0
     where id = ${batchId}`.execute(tx)
}

export async function listBatches(db: Database, examId: Id): Promise<readonly BatchRow[]> {
  const { rows } = await sql<BatchRow>`
    select ${BATCH} from batch b join exam e on e.id = b.exam_id
     where b.exam_id = ${examId} order by b.created_at desc limit 500`.execute(db)
  return rows
}

/** Marks the batch as being imported, unless its import has ended; the first attempt's start is kept. */
export async function startImport(db: Database, batchId: Id, jobId: Id): Promise<boolean> {
  const { rows } = await sql`
    update batch set status = 'IMPORTING', import_started_at = coalesce(import_started_at, clock_timestamp())
     where id = ${batchId} and import_job_id = ${jobId} and status in ('UPLOADED', 'IMPORTING')
     returning 1`.execute(db)
  return rows.length === 1
}

export async function setPageCount(db: Database, batchId: Id, pageCount: number): Promise<void> {
  await sql`update batch set page_count = ${pageCount}, pages_done = 0 where id = ${batchId}`.execute(db)
}

export async function setPagesDone(db: Database, batchId: Id, pagesDone: number): Promise<void> {
  await sql`update batch set pages_done = greatest(pages_done, ${pagesDone}) where id = ${batchId}`.execute(
    db,
  )
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
           event_seq = event_seq + ${end.events},
           pages_done = case when ${end.status} = 'IMPORTED' then page_count else pages_done end
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
