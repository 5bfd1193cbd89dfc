import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'

export type ScoreRow = {
  readonly itemId: Id
  readonly pointsHundredths: Sensitive<number> | null
  readonly version: number
}

export async function listScores(
  db: Database,
  copyId: Id,
  copyVersion: number,
): Promise<readonly ScoreRow[]> {
  const { rows } = await sql<ScoreRow>`
    select rubric_item_id as "itemId", points_hundredths as "pointsHundredths", version
      from score where copy_id = ${copyId} and copy_version = ${copyVersion}`.execute(db)
  return rows
}

/**
 * Writes a score if it is still at `version` (0: there is none yet); tells whether it was.
 */
export async function putScore(
  tx: Tx,
  score: {
    copyId: Id
    copyVersion: number
    itemId: Id
    pointsHundredths: Sensitive<number> | null
    version: number
  },
): Promise<boolean> {
  const { rows } = await (score.version === 0
    ? sql`
        insert into score (copy_id, copy_version, rubric_item_id, points_hundredths)
        values (${score.copyId}, ${score.copyVersion}, ${score.itemId}, ${score.pointsHundredths})
        on conflict do nothing returning 1`
    : sql`
        update score set points_hundredths = ${score.pointsHundredths}, version = version + 1,
                         updated_at = clock_timestamp()
         where copy_id = ${score.copyId} and copy_version = ${score.copyVersion}
           and rubric_item_id = ${score.itemId} and version = ${score.version} returning 1`
  ).execute(tx)
  return rows.length === 1
}

/** Gives the next version of a reopened copy rows of its own, equal to those of the last one. */
export async function duplicateScores(tx: Tx, copyId: Id, fromVersion: number): Promise<void> {
  await sql`
    insert into score (copy_id, copy_version, rubric_item_id, points_hundredths)
    select copy_id, copy_version + 1, rubric_item_id, points_hundredths
      from score where copy_id = ${copyId} and copy_version = ${fromVersion}`.execute(tx)
}

/** The scores of all copies of an exam, for its table. */
export async function listExamScores(
  db: Database,
  examId: Id,
): Promise<readonly { copyId: Id; itemId: Id; pointsHundredths: Sensitive<number> | null }[]> {
  const { rows } = await sql<{ copyId: Id; itemId: Id; pointsHundredths: Sensitive<number> | null }>`
    select s.copy_id as "copyId", s.rubric_item_id as "itemId", s.points_hundredths as "pointsHundredths"
      from score s join copy c on c.id = s.copy_id and c.version = s.copy_version
     where c.exam_id = ${examId}`.execute(db)
  return rows
}
