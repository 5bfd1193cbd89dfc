import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Turn } from '../pdf/tasks.ts'
import type { Database } from '../platform/database.ts'

/** A page of a copy with where it lies in which scan. */
export type PlacedPage = {
  readonly batchId: Id
  readonly batchPageIndex: number
  readonly turn: Turn
  /** The turn that its images were made with. */
  readonly imageTurn: Turn
  /** Null once the scan was erased. */
  readonly scanSha256: string | null
  readonly scanPages: number
}

/** The pages of a copy, in their order. */
export async function listPlacedPages(db: Database, copyId: Id): Promise<readonly PlacedPage[]> {
  const { rows } = await sql<PlacedPage>`
    select p.batch_id as "batchId", p.batch_page_index as "batchPageIndex", p.turn, p.image_turn as "imageTurn",
           b.original_sha256 as "scanSha256", b.page_count as "scanPages"
      from page p join batch b on b.id = p.batch_id
     where p.copy_id = ${copyId} order by p.page_index`.execute(db)
  return rows
}

/** Records the PDF of a copy, unless its pages have changed meanwhile. */
export async function savePrepared(
  db: Database,
  copy: { readonly copyId: Id; readonly pagesVersion: number; readonly preparedSha256: string },
): Promise<void> {
  await sql`
    update copy set prepared_sha256 = ${copy.preparedSha256}, prepared_version = ${copy.pagesVersion}
     where id = ${copy.copyId} and pages_version = ${copy.pagesVersion} and status = 'STAGING' and erased_at is null`.execute(
    db,
  )
}
