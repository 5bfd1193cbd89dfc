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

/** What a copy has in the place of a page's image: nothing where there is no such page, or no image any more. */
export type PageImage =
  | (StoredImage & { readonly erasedAt: Date | null })
  | { readonly sha256: null; readonly mediaType: string | null; readonly erasedAt: Date | null }

/** One image of a page of a copy; undefined when there is no such copy. `pageIndex` counts from 0. */
export async function findPageImage(
  db: Database,
  copyId: Id,
  pageIndex: number,
  size: 'thumbnail' | 'screen' | 'full',
): Promise<PageImage | undefined> {
  const { rows } = await sql<PageImage>`
    select p.${sql.ref(`${size}_sha256`)} as sha256, p.${sql.ref(`${size}_media_type`)} as "mediaType",
           c.erased_at as "erasedAt"
      from copy c left join page p on p.copy_id = c.id and p.page_index = ${pageIndex}
     where c.id = ${copyId}`.execute(db)
  return rows[0]
}

/** Pages that belong to no copy. */
export async function countUnresolvedPages(db: Database): Promise<number> {
  const { rows } = await sql<{ pages: number }>`
    select count(*)::int as pages from page where copy_id is null`.execute(db)
  return rows[0]?.pages ?? 0
}
