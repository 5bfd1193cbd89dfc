import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'

export type ResultRow = {
  readonly finalScoreHundredths: Sensitive<number>
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
  copyId: Id,
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
  result: Omit<ResultRow, 'gradedAt'> & { copyId: Id; copyVersion: number },
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
  run: { copyId: Id; version: number; jobId: Id; attempt: number },
): Promise<boolean> {
  const { rows } = await sql`
    update copy set finalize_attempt = ${run.attempt}, finalize_attempt_started_at = clock_timestamp()
     where id = ${run.copyId} and version = ${run.version} and status = 'GRADING_IN_PROGRESS'
       and finalize_job_id = ${run.jobId} and coalesce(finalize_attempt, 0) <= ${run.attempt}
     returning 1`.execute(db)
  return rows.length === 1
}

/** An attempt of the present job that began and that nobody has ended; how long ago it began. */
export async function findUnendedAttempt(
  db: Database,
  run: { copyId: Id; version: number; jobId: Id },
): Promise<{ readonly attempt: number; readonly seconds: number } | undefined> {
  const { rows } = await sql<{ attempt: number; seconds: number }>`
    select finalize_attempt as attempt,
           extract(epoch from clock_timestamp() - finalize_attempt_started_at)::float8 as seconds
      from copy
     where id = ${run.copyId} and version = ${run.version} and status = 'GRADING_IN_PROGRESS'
       and finalize_job_id = ${run.jobId} and finalize_attempt_started_at is not null`.execute(db)
  return rows[0]
}

/** Marks the running attempt as ended, by success or failure. */
export async function endAttempt(tx: Tx, copyId: Id): Promise<void> {
  await sql`update copy set finalize_attempt_started_at = null where id = ${copyId}`.execute(tx)
}

/** Copies that have been graded for longer than `seconds`, with their jobs: candidates for a lost job. */
export async function listLongGrading(
  db: Database,
  seconds: number,
): Promise<readonly { copyId: Id; version: number; jobId: Id }[]> {
  const { rows } = await sql<{ copyId: Id; version: number; jobId: Id }>`
    select id as "copyId", version, finalize_job_id as "jobId" from copy
     where status = 'GRADING_IN_PROGRESS' and status_changed_at < clock_timestamp() - make_interval(secs => ${seconds})
     limit 500`.execute(db)
  return rows
}
