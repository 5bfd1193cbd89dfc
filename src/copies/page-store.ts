import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Turn } from '../pdf/tasks.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { PageFlagView } from './contract.ts'
import { SCAN_FLAGS } from './split.ts'

export type StoredImage = { readonly sha256: string; readonly mediaType: string }

/** What the engine has read of a page. */
export type ReadPage = {
  readonly batchPageIndex: number
  readonly full: StoredImage
  readonly screen: StoredImage
  readonly thumbnail: StoredImage
  readonly widthPx: number
  readonly heightPx: number
  readonly turn: Turn
  readonly copyCode: Sensitive<string> | null
  readonly pageNumber: number | null
  readonly path: string
  readonly reason: string
  readonly dpi: number | null
  readonly fingerprint: string
  readonly flags: readonly PageFlagView[]
}

/** The scan is opened: one row for each of its pages, unresolved, unless they are there from an earlier attempt. */
export async function openPages(
  tx: Tx,
  batchId: Id,
  scan: { readonly pageCount: number; readonly repaired: boolean },
): Promise<void> {
  const { rows } = await sql`
    update batch set page_count = ${scan.pageCount}, repaired = ${scan.repaired}
     where id = ${batchId} and page_count is null returning 1`.execute(tx)
  if (rows.length === 0) return
  await sql`
    insert into page (batch_id, batch_page_index)
    select ${batchId}, i from generate_series(0, ${scan.pageCount}::int - 1) as i`.execute(tx)
}

/** Pages of a scan that nothing has been read of yet, in order, with the times that the engine was lost over them. */
export async function listUnreadPages(
  db: Database,
  batchId: Id,
): Promise<readonly { readonly batchPageIndex: number; readonly faults: number }[]> {
  const { rows } = await sql<{ batchPageIndex: number; faults: number }>`
    select batch_page_index as "batchPageIndex", faults from page
     where batch_id = ${batchId} and full_sha256 is null and error_code is null
     order by batch_page_index`.execute(db)
  return rows
}

/** What only the whole scan has shown of a page; it stays when the page is read again. */
const OF_SCAN = [...SCAN_FLAGS, 'foreign-exam']

/**
 * Records what was read of a page, unless its scan was erased: a worker may outlive the import that was given up. Its code
 * and number stay when it is read again. With `turnedIn`, it was read again because a person turned it in that copy:
 * nothing is recorded when it has been turned once more since, has left the copy, or the copy's person was erased
 * meanwhile.
 */
export async function saveReadPage(
  db: Database,
  batchId: Id,
  page: ReadPage,
  turnedIn: Id | null,
): Promise<void> {
  await sql`
    with held as (select id from copy where id = ${turnedIn} and erased_at is null for share),
         scan as (select id from batch
                   where id = ${batchId} and ${turnedIn}::uuid is null and original_sha256 is not null for share)
    update page
       set full_sha256 = ${page.full.sha256}, full_media_type = ${page.full.mediaType},
           screen_sha256 = ${page.screen.sha256}, screen_media_type = ${page.screen.mediaType},
           thumbnail_sha256 = ${page.thumbnail.sha256}, thumbnail_media_type = ${page.thumbnail.mediaType},
           width_px = ${page.widthPx}, height_px = ${page.heightPx}, turn = ${page.turn}, image_turn = ${page.turn},
           copy_code = coalesce(copy_code, ${page.copyCode}), page_number = coalesce(page_number, ${page.pageNumber}),
           read_path = ${page.path}, read_reason = ${page.reason}, scan_dpi = ${page.dpi},
           fingerprint = ${page.fingerprint}, error_code = null,
           flags = ${JSON.stringify(page.flags)}::jsonb || coalesce(
             (select jsonb_agg(f) from jsonb_array_elements(page.flags) as f where f ->> 'kind' = any(${OF_SCAN})), '[]')
     where batch_id = ${batchId} and batch_page_index = ${page.batchPageIndex}
       and (batch_id = (select id from scan) or (turn = ${page.turn} and copy_id = (select id from held)))`.execute(
    db,
  )
}

/** A page that cannot be read: it stays unresolved until a person has seen the sheet. */
export async function saveUnreadablePage(
  db: Database,
  batchId: Id,
  page: { readonly batchPageIndex: number; readonly errorCode: string },
): Promise<void> {
  await sql`
    update page set error_code = ${page.errorCode}
     where batch_id = ${batchId} and batch_page_index = ${page.batchPageIndex}`.execute(db)
}

/** Pages that could not be read are to be read again, as if for the first time. */
export async function forgetPageErrors(tx: Tx, batchId: Id): Promise<void> {
  await sql`
    update page set error_code = null, faults = 0
     where batch_id = ${batchId} and full_sha256 is null and copy_id is null`.execute(tx)
}

/** The engine was lost over this page once more. Returns how often that is in all. */
export async function addPageFault(db: Database, batchId: Id, batchPageIndex: number): Promise<number> {
  const { rows } = await sql<{ faults: number }>`
    update page set faults = faults + 1
     where batch_id = ${batchId} and batch_page_index = ${batchPageIndex} returning faults`.execute(db)
  return rows[0]?.faults ?? 0
}

/** The error codes of the pages of a scan that cannot be read, in order. */
export async function findPageErrors(db: Database, batchId: Id): Promise<readonly string[]> {
  const { rows } = await sql<{ errorCode: string }>`
    select error_code as "errorCode" from page
     where batch_id = ${batchId} and error_code is not null order by batch_page_index`.execute(db)
  return rows.map(({ errorCode }) => errorCode)
}

/** What cutting a scan into copies goes by. Equal codes of copies have equal groups, counted from 1. */
export type PageFacts = {
  readonly id: Id
  readonly batchPageIndex: number
  readonly turn: Turn
  readonly group: number | null
  readonly number: number | null
  readonly isRead: boolean
  readonly fingerprint: string | null
  readonly fullSha256: string | null
  readonly flags: readonly PageFlagView[]
}

export async function listPageFacts(db: Database, batchId: Id): Promise<readonly PageFacts[]> {
  const { rows } = await sql<PageFacts>`
    select id, batch_page_index as "batchPageIndex", turn, page_number as number, fingerprint, flags,
           full_sha256 as "fullSha256", full_sha256 is not null as "isRead",
           case when copy_code is not null
                then (dense_rank() over (order by copy_code nulls last))::int end as "group"
      from page where batch_id = ${batchId} order by batch_page_index`.execute(db)
  return rows
}

/** Files pages of a scan in their copies. */
export async function filePages(
  tx: Tx,
  pages: readonly { readonly id: Id; readonly copyId: Id; readonly pageIndex: number }[],
): Promise<void> {
  await sql`
    update page set copy_id = f.copy_id, page_index = f.page_index, former_copy_id = null
      from jsonb_to_recordset(${JSON.stringify(
        pages.map(({ id, copyId, pageIndex }) => ({ id, copy_id: copyId, page_index: pageIndex })),
      )}::jsonb) as f (id uuid, copy_id uuid, page_index int)
     where page.id = f.id`.execute(tx)
}

/** Adds what only the whole scan shows to the flags of its pages. */
export async function setFlags(
  tx: Tx,
  pages: readonly { readonly id: Id; readonly flags: readonly PageFlagView[] }[],
): Promise<void> {
  if (pages.length === 0) return
  await sql`
    update page set flags = f.flags
      from jsonb_to_recordset(${JSON.stringify(pages)}::jsonb) as f (id uuid, flags jsonb)
     where page.id = f.id`.execute(tx)
}

/** What a copy has in the place of a page's image: nothing where there is no such page, or no image any more. */
export type PageImage =
  | (StoredImage & { readonly erasedAt: Date | null })
  | { readonly sha256: null; readonly mediaType: string | null; readonly erasedAt: Date | null }

export type ImageSize = 'thumbnail' | 'screen' | 'full'

/** One image of a page of a copy; undefined when there is no such copy. `pageIndex` counts from 0. */
export async function findPageImage(
  db: Database,
  copyId: Id,
  pageIndex: number,
  size: ImageSize,
): Promise<(PageImage & { readonly pagesVersion: number }) | undefined> {
  const { rows } = await sql<PageImage & { readonly pagesVersion: number }>`
    select p.${sql.ref(`${size}_sha256`)} as sha256, p.${sql.ref(`${size}_media_type`)} as "mediaType",
           c.erased_at as "erasedAt", c.pages_version as "pagesVersion"
      from copy c left join page p on p.copy_id = c.id and p.page_index = ${pageIndex}
     where c.id = ${copyId}`.execute(db)
  return rows[0]
}

export type PageSize = {
  readonly pageNumber: number
  readonly widthPx: number | null
  readonly heightPx: number | null
}

/** The pages that are filed in a copy, in order. */
export async function listPageSizes(db: Database, copyId: Id): Promise<readonly PageSize[]> {
  const { rows } = await sql<PageSize>`
    select page_index + 1 as "pageNumber", width_px as "widthPx", height_px as "heightPx"
      from page where copy_id = ${copyId} order by page_index`.execute(db)
  return rows
}

/** The same of a page by its own id, wherever it is filed. */
export async function findImageOfPage(
  db: Database,
  pageId: Id,
  size: ImageSize,
): Promise<PageImage | undefined> {
  const { rows } = await sql<PageImage>`
    select p.${sql.ref(`${size}_sha256`)} as sha256, p.${sql.ref(`${size}_media_type`)} as "mediaType",
           c.erased_at as "erasedAt"
      from page p left join copy c on c.id = coalesce(p.copy_id, p.former_copy_id)
     where p.id = ${pageId}`.execute(db)
  return rows[0]
}

/** Pages of imported scans that are neither in a copy nor discarded. */
export async function countUnresolvedPages(db: Database): Promise<number> {
  const { rows } = await sql<{ pages: number }>`
    select count(*)::int as pages from page p join batch b on b.id = p.batch_id
     where p.copy_id is null and p.discarded_at is null and b.status = 'IMPORTED'`.execute(db)
  return rows[0]?.pages ?? 0
}
