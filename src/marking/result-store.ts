import { sql } from 'kysely'
import type { Database, Tx } from '../platform/database.ts'

export type ResultRow = {
  readonly finalScoreHundredths: number
  readonly markedSha256: string
  readonly markedPages: number
  readonly markedSheetPages: number
  readonly gradedAt: Date
}

const RESULT = sql`
  final_score_hundredths as "finalScoreHundredths", marked_sha256 as "markedSha256", marked_pages as "markedPages",
  marked_sheet_pages as "markedSheetPages", graded_at as "gradedAt"`

/** What grading gave for a version of a copy. */
export async function findResult(
  db: Database,
  copyId: string,
  copyVersion: number,
): Promise<ResultRow | undefined> {
  const { rows } = await sql<ResultRow>`
    select ${RESULT} from grading_result where copy_id = ${copyId} and copy_version = ${copyVersion}`.execute(
    db,
  )
  return rows[0]
}

export async function insertResult(
  tx: Tx,
  result: Omit<ResultRow, 'gradedAt'> & { copyId: string; copyVersion: number },
): Promise<void> {
  await sql`
    insert into grading_result (copy_id, copy_version, final_score_hundredths, marked_sha256, marked_pages,
                                marked_sheet_pages)
    values (${result.copyId}, ${result.copyVersion}, ${result.finalScoreHundredths}, ${result.markedSha256},
            ${result.markedPages}, ${result.markedSheetPages})`.execute(tx)
}

/**
 * Takes the copy for an attempt of its present job; false when the copy has moved on, or a later attempt has begun.
 */
export async function beginAttempt(
  db: Database,
  run: { copyId: string; version: number; jobId: string; attempt: number },
): Promise<boolean> {
  const { rows } = await sql`
    update copy set finalize_attempt = ${run.attempt}
     where id = ${run.copyId} and version = ${run.version} and status = 'GRADING_IN_PROGRESS'
       and finalize_job_id = ${run.jobId} and coalesce(finalize_attempt, 0) <= ${run.attempt}
     returning 1`.execute(db)
  return rows.length === 1
}
