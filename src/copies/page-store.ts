import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database, Tx } from '../platform/database.ts'

export type StoredImage = { readonly sha256: string; readonly mediaType: string }

export type NewPage = {
  readonly batchPageIndex: number
  readonly full: StoredImage
  readonly screen: StoredImage
  readonly thumbnail: StoredImage
  readonly widthPx: number
  readonly heightPx: number
  readonly isBlank: boolean
  readonly rendersEmpty: boolean
}

/** Records one scanned page: filed in a copy, or unresolved when `filed` is absent. */
export async function insertPage(
  tx: Tx,
  batchId: Id,
  page: NewPage,
  filed: { readonly copyId: Id; readonly pageIndex: number } | undefined,
): Promise<void> {
  await sql`
    insert into page (batch_id, batch_page_index, copy_id, page_index, full_sha256, full_media_type, screen_sha256,
                      screen_media_type, thumbnail_sha256, thumbnail_media_type, width_px, height_px, is_blank,
                      renders_empty)
    values (${batchId}, ${page.batchPageIndex}, ${filed?.copyId ?? null}, ${filed?.pageIndex ?? null},
            ${page.full.sha256}, ${page.full.mediaType}, ${page.screen.sha256}, ${page.screen.mediaType},
            ${page.thumbnail.sha256}, ${page.thumbnail.mediaType}, ${page.widthPx}, ${page.heightPx},
            ${page.isBlank}, ${page.rendersEmpty})`.execute(tx)
}

/** One image of a page of a copy. `pageIndex` counts from 0. */
export async function findPageImage(
  db: Database,
  copyId: Id,
  pageIndex: number,
  size: 'thumbnail' | 'screen' | 'full',
): Promise<StoredImage | undefined> {
  const { rows } = await sql<StoredImage>`
    select ${sql.ref(`${size}_sha256`)} as sha256, ${sql.ref(`${size}_media_type`)} as "mediaType"
      from page where copy_id = ${copyId} and page_index = ${pageIndex}`.execute(db)
  return rows[0]
}

/** Pages that belong to no copy. */
export async function countUnresolvedPages(db: Database): Promise<number> {
  const { rows } = await sql<{ pages: number }>`
    select count(*)::int as pages from page where copy_id is null`.execute(db)
  return rows[0]?.pages ?? 0
}
