import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Turn } from '../pdf/tasks.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { PagePlace } from './arrangement.ts'
import type { BatchStatus } from './batch-store.ts'
import type { CopyStatus, PageFlagView } from './contract.ts'

/** One review of an exam at a time: operations may touch any copies and pages of it. */
export async function takeReview(tx: Tx, examId: Id): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('review:' || ${examId}::text, 0))`.execute(tx)
}

export type ReviewScope = { readonly examId: Id; readonly copyId: Id | null; readonly batchId: Id }

/** The exam, the copy and the batch of a page. */
export async function findScopeOfPage(db: Database, pageId: Id): Promise<ReviewScope | undefined> {
  const { rows } = await sql<ReviewScope>`
    select b.exam_id as "examId", p.copy_id as "copyId", p.batch_id as "batchId"
      from page p join batch b on b.id = p.batch_id where p.id = ${pageId}`.execute(db)
  return rows[0]
}

export type TakenPage = PagePlace & {
  readonly batchId: Id
  readonly version: number
  readonly hasImage: boolean
}

/** The pages with these ids and all pages of these copies, of one exam, taken for this transaction. */
export async function takePages(
  tx: Tx,
  examId: Id,
  wanted: { readonly pageIds: readonly Id[]; readonly copyIds: readonly Id[] },
): Promise<readonly TakenPage[]> {
  const { rows } = await sql<TakenPage>`
    select p.id, p.copy_id as "copyId", p.page_index as index, p.turn, p.page_number as number,
           p.discard_reason as discarded, p.former_copy_id as "formerCopyId", p.batch_id as "batchId", p.version,
           p.full_sha256 is not null as "hasImage"
      from page p join batch b on b.id = p.batch_id
     where b.exam_id = ${examId}
       and (p.id = any(${[...wanted.pageIds]}::uuid[]) or p.copy_id = any(${[...wanted.copyIds]}::uuid[]))
     order by p.id for update of p`.execute(tx)
  return rows
}

export type TakenBatch = {
  readonly id: Id
  readonly status: BatchStatus
  readonly streamRef: Id
  readonly examRef: Id
  readonly hasScan: boolean
}

/** Keeps batches as they are until this transaction ends: no erasure begins. In order, before any copy. */
export async function holdBatches(tx: Tx, batchIds: readonly Id[]): Promise<readonly TakenBatch[]> {
  const { rows } = await sql<TakenBatch>`
    select b.id, b.status, b.stream_ref as "streamRef", e.stream_ref as "examRef",
           b.original_sha256 is not null as "hasScan"
      from batch b join exam e on e.id = b.exam_id
     where b.id = any(${[...batchIds]}::uuid[]) order by b.id for share of b`.execute(tx)
  return rows
}

/** Writes places. A page whose contents or state have changed gets a new version; one that only moved up does not. */
export async function writePlaces(tx: Tx, pages: readonly PagePlace[]): Promise<void> {
  await sql`
    update page
       set copy_id = f."copyId", page_index = f.index, turn = f.turn, page_number = f.number,
           discard_reason = f.discarded, former_copy_id = f."formerCopyId",
           discarded_at = case when f.discarded is null then null else coalesce(discarded_at, clock_timestamp()) end,
           version = version + (
             (page.copy_id, page.turn, page.page_number, page.discard_reason)
               is distinct from (f."copyId", f.turn::smallint, f.number, f.discarded))::int
      from jsonb_to_recordset(${JSON.stringify(pages)}::jsonb)
           as f (id uuid, "copyId" uuid, index int, turn int, number int, discarded text, "formerCopyId" uuid)
     where page.id = f.id`.execute(tx)
}

export type OperationRow = {
  readonly id: Id
  readonly examId: Id
  readonly before: readonly PagePlace[]
  readonly after: readonly PagePlace[]
  readonly isUndone: boolean
}

export async function insertOperation(
  tx: Tx,
  operation: {
    id: Id
    examId: Id
    kind: string
    madeBy: Id
    before: readonly PagePlace[]
    after: readonly PagePlace[]
    undoes: Id | null
  },
): Promise<void> {
  await sql`
    insert into page_operation (id, exam_id, kind, made_by, before, after, undoes)
    values (${operation.id}, ${operation.examId}, ${operation.kind}, ${operation.madeBy},
            ${JSON.stringify(operation.before)}::jsonb, ${JSON.stringify(operation.after)}::jsonb,
            ${operation.undoes})`.execute(tx)
}

export async function findOperation(db: Database, operationId: Id): Promise<OperationRow | undefined> {
  const { rows } = await sql<OperationRow>`
    select o.id, o.exam_id as "examId", o.before, o.after,
           exists (select from page_operation u where u.undoes = o.id) as "isUndone"
      from page_operation o where o.id = ${operationId}`.execute(db)
  return rows[0]
}

/** The batches of copies, and those that pages of theirs have come from. */
export async function listBatchesOfCopies(db: Database, copyIds: readonly Id[]): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`
    select batch_id as id from copy where id = any(${[...copyIds]}::uuid[])
     union select batch_id from page where copy_id = any(${[...copyIds]}::uuid[])`.execute(db)
  return rows.map(({ id }) => id)
}

/** A page as administrators see it. */
export type PageRow = {
  readonly id: Id
  readonly batchId: Id
  readonly batchPageIndex: number
  readonly copyId: Id | null
  readonly pageIndex: number | null
  readonly version: number
  readonly discardReason: PagePlace['discarded']
  readonly errorCode: string | null
  readonly hasImage: boolean
  readonly widthPx: number | null
  readonly heightPx: number | null
  readonly dpi: number | null
  readonly turn: Turn
  readonly imageTurn: Turn
  readonly copyCode: Sensitive<string> | null
  readonly sheetNumber: number | null
  readonly readPath: string | null
  readonly readReason: string | null
  readonly flags: readonly PageFlagView[]
}

const PAGE = sql`
  p.id, p.batch_id as "batchId", p.batch_page_index as "batchPageIndex", p.copy_id as "copyId",
  p.page_index as "pageIndex", p.version, p.discard_reason as "discardReason", p.error_code as "errorCode",
  p.full_sha256 is not null as "hasImage", p.width_px as "widthPx", p.height_px as "heightPx", p.scan_dpi as dpi,
  p.turn, p.image_turn as "imageTurn", p.copy_code as "copyCode", p.page_number as "sheetNumber", p.read_path as "readPath",
  p.read_reason as "readReason", p.flags`

export async function listPages(db: Database, pageIds: readonly Id[]): Promise<readonly PageRow[]> {
  const { rows } = await sql<PageRow>`
    select ${PAGE} from page p where p.id = any(${[...pageIds]}::uuid[])
     order by p.batch_id, p.batch_page_index`.execute(db)
  return rows
}

/** The pages of a scan and those that were filed in its copies from other scans. */
export async function listPagesOfBatch(db: Database, batchId: Id): Promise<readonly PageRow[]> {
  const { rows } = await sql<PageRow>`
    select ${PAGE} from page p
     where p.batch_id = ${batchId} or p.copy_id in (select id from copy c where c.batch_id = ${batchId})
     order by p.batch_id <> ${batchId}, p.batch_id, p.batch_page_index`.execute(db)
  return rows
}

export async function listPagesOfCopy(db: Database, copyId: Id): Promise<readonly PageRow[]> {
  const { rows } = await sql<PageRow>`
    select ${PAGE} from page p where p.copy_id = ${copyId} order by p.page_index`.execute(db)
  return rows
}

export type CopyOfBatch = {
  readonly id: Id
  readonly anonymousId: string
  readonly status: CopyStatus
  readonly pagesVersion: number
}

export async function listCopiesOfBatch(db: Database, batchId: Id): Promise<readonly CopyOfBatch[]> {
  const { rows } = await sql<CopyOfBatch>`
    select id, anonymous_id as "anonymousId", status, pages_version as "pagesVersion"
      from copy where batch_id = ${batchId} order by batch_position`.execute(db)
  return rows
}
