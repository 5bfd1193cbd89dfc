import { randomUUID } from 'node:crypto'

/** What a copy of one page needs to be in the tables, without a scan that anybody uploaded. */
export type FiledCopy = {
  readonly copyId: string
  readonly pageId?: string
  readonly anonymousId: string
  readonly markerId: string | null
  readonly sha256: string
  /** The sealed name of its scan, when somebody is to read it. */
  readonly fileNameSealed?: Buffer
  /** A scan that there is: the copy gets one of its own that is like it. */
  readonly likeBatchId: string
}

type Query = (text: string, values: readonly unknown[]) => Promise<unknown>

/** Makes a scan of one page, a copy in STAGING, and files the page in it; part of the caller's transaction. */
export async function insertFiledCopy(query: Query, copy: FiledCopy): Promise<void> {
  const { copyId, pageId = randomUUID(), anonymousId, markerId, sha256, likeBatchId } = copy
  await query(
    `insert into batch (id, exam_id, status, original_sha256, size_bytes, file_name_sealed, created_by, page_count,
                        finished_at)
     select $1, exam_id, 'IMPORTED', original_sha256, size_bytes, coalesce($3, file_name_sealed), created_by, 1, now()
       from batch where id = $2`,
    // As any other: one scan, named like its only copy.
    [copyId, likeBatchId, copy.fileNameSealed ?? null],
  )
  await query(
    `insert into copy (id, exam_id, batch_id, batch_position, anonymous_id, assigned_marker_id, original_sha256,
                       prepared_version, prepared_sha256)
     select $1, exam_id, id, 1, $2, $3, $4, 1, $4 from batch where id = $1`,
    [copyId, anonymousId, markerId, sha256],
  )
  await query(
    `insert into page (id, batch_id, batch_page_index, full_sha256, full_media_type, screen_sha256, screen_media_type,
                       thumbnail_sha256, thumbnail_media_type, width_px, height_px)
     values ($3, $1, 0, $2, 'image/webp', $2, 'image/webp', $2, 'image/webp', 10, 10)`,
    [copyId, sha256, pageId],
  )
  await query(`update page set copy_id = batch_id, page_index = 0 where batch_id = $1`, [copyId])
}
