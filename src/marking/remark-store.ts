import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'

export type RemarkRow = {
  /** Null: of the whole copy. */
  readonly itemId: Id | null
  /** Null: it was taken back. */
  readonly text: Sensitive<string> | null
  readonly version: number
}

export async function listRemarks(
  db: Database,
  copyId: Id,
  copyVersion: number,
): Promise<readonly RemarkRow[]> {
  const { rows } = await sql<RemarkRow>`
    select rubric_item_id as "itemId", text, version
      from remark where copy_id = ${copyId} and copy_version = ${copyVersion}`.execute(db)
  return rows
}

/** Writes a remark if it is still at `version` (0: there is none yet); tells whether it was. */
export async function putRemark(
  tx: Tx,
  remark: RemarkRow & { readonly copyId: Id; readonly copyVersion: number },
): Promise<boolean> {
  const { rows } = await (remark.version === 0
    ? sql`
        insert into remark (copy_id, copy_version, rubric_item_id, text)
        values (${remark.copyId}, ${remark.copyVersion}, ${remark.itemId}, ${remark.text})
        on conflict do nothing returning 1`
    : sql`
        update remark set text = ${remark.text}, version = version + 1, updated_at = clock_timestamp()
         where copy_id = ${remark.copyId} and copy_version = ${remark.copyVersion}
           and rubric_item_id is not distinct from ${remark.itemId} and version = ${remark.version} returning 1`
  ).execute(tx)
  return rows.length === 1
}

/** Gives the next version of a reopened copy rows of its own, equal to those of the last one. */
export async function duplicateRemarks(tx: Tx, copyId: Id, fromVersion: number): Promise<void> {
  await sql`
    insert into remark (copy_id, copy_version, rubric_item_id, text)
    select copy_id, copy_version + 1, rubric_item_id, text
      from remark where copy_id = ${copyId} and copy_version = ${fromVersion}`.execute(tx)
}
