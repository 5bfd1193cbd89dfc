import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { RubricItem } from './rubric.ts'

export type ExamRow = {
  readonly id: Id
  readonly title: Sensitive<string>
  readonly streamRef: Id
  readonly requireAllScores: boolean
  readonly rubricVersion: number
  /** How the sheets are coded, and what the codes of this exam begin with. */
  readonly codePattern: string | null
  readonly codeExam: Sensitive<string> | null
  /** Since when students read their copies; null: they do not. */
  readonly releasedAt: Date | null
  readonly releaseVersion: number
  readonly createdAt: Date
}

const EXAM = sql`
  id, title, stream_ref as "streamRef", require_all_scores as "requireAllScores",
  rubric_version as "rubricVersion", code_pattern as "codePattern", code_exam as "codeExam",
  released_at as "releasedAt", release_version as "releaseVersion", created_at as "createdAt"`

export async function insertExam(
  tx: Tx,
  exam: { id: Id; title: Sensitive<string>; requireAllScores: boolean; createdBy: Id },
): Promise<ExamRow> {
  const { rows } = await sql<ExamRow>`
    insert into exam (id, title, require_all_scores, created_by)
    values (${exam.id}, ${exam.title}, ${exam.requireAllScores}, ${exam.createdBy})
    returning ${EXAM}`.execute(tx)
  return rows[0] as ExamRow
}

/** Takes the next places of the exam's stream and locks its row; returns the last place taken. */
export async function takeExamSeq(tx: Tx, examId: Id, events = 1): Promise<number | undefined> {
  const { rows } = await sql<{ seq: number }>`
    update exam set event_seq = event_seq + ${events} where id = ${examId} returning event_seq as seq`.execute(
    tx,
  )
  return rows[0]?.seq
}

export async function findExam(db: Database, examId: Id): Promise<ExamRow | undefined> {
  const { rows } = await sql<ExamRow>`select ${EXAM} from exam where id = ${examId}`.execute(db)
  return rows[0]
}

/** The exams an account may see, newest first: all of them, or those it marks. */
export async function listExams(db: Database, markerId: Id | null): Promise<readonly ExamRow[]> {
  const { rows } = await sql<ExamRow>`
    select ${EXAM} from exam e
     where ${markerId}::uuid is null
        or exists (select from exam_marker m where m.exam_id = e.id and m.account_id = ${markerId})
     order by created_at desc, id desc limit 500`.execute(db)
  return rows
}

/** Keeps the exam's rubric as it is until this transaction ends; others may do the same. */
export async function holdRubric(tx: Tx, examId: Id): Promise<void> {
  await sql`select from exam where id = ${examId} for share`.execute(tx)
}

export async function listRubricItems(db: Database, examId: Id): Promise<readonly RubricItem[]> {
  const { rows } = await sql<RubricItem>`
    select id, parent_id as "parentId", position, label,
           max_hundredths as "maxHundredths", step_hundredths as "stepHundredths"
      from rubric_item where exam_id = ${examId} order by position`.execute(db)
  return rows
}

export async function insertRubricItem(tx: Tx, examId: Id, item: RubricItem): Promise<void> {
  await sql`
    insert into rubric_item (id, exam_id, parent_id, position, label, max_hundredths, step_hundredths)
    values (${item.id}, ${examId}, ${item.parentId}, ${item.position}, ${item.label}, ${item.maxHundredths},
            ${item.stepHundredths})`.execute(tx)
}

/** Fails with a foreign-key violation when a score or a remark refers to an item. */
export async function deleteRubricItems(tx: Tx, examId: Id): Promise<void> {
  await sql`delete from rubric_item where exam_id = ${examId}`.execute(tx)
}

/** Moves the rubric to its next version if it is still at `version`; tells whether it was. */
export async function advanceRubricVersion(tx: Tx, examId: Id, version: number): Promise<boolean> {
  const { rows } = await sql`
    update exam set rubric_version = rubric_version + 1
     where id = ${examId} and rubric_version = ${version} returning 1`.execute(tx)
  return rows.length === 1
}

/** Sets how the sheets of an exam are coded; null: they are not. */
export async function setCodePattern(
  tx: Tx,
  examId: Id,
  code: { readonly pattern: string | null; readonly exam: Sensitive<string> | null },
): Promise<void> {
  await sql`
    update exam set code_pattern = ${code.pattern}, code_exam = ${code.exam} where id = ${examId}`.execute(tx)
}

/** Takes the exam's row for this transaction: whoever comes second waits here. */
export async function findExamForUpdate(tx: Tx, examId: Id): Promise<ExamRow | undefined> {
  const { rows } = await sql<ExamRow>`select ${EXAM} from exam where id = ${examId} for update`.execute(tx)
  return rows[0]
}

/** Lets students read, or no longer, and moves the release to its next version. */
export async function setReleased(tx: Tx, examId: Id, isReleased: boolean): Promise<void> {
  await sql`
    update exam set released_at = case when ${isReleased} then now() end, release_version = release_version + 1
     where id = ${examId}`.execute(tx)
}

/** Adds a marker; tells whether it was not one already. */
export async function insertMarker(tx: Tx, examId: Id, accountId: Id): Promise<boolean> {
  const { rows } = await sql`
    insert into exam_marker (exam_id, account_id) values (${examId}, ${accountId})
    on conflict do nothing returning 1`.execute(tx)
  return rows.length === 1
}

export async function listMarkers(db: Database, examId: Id): Promise<readonly Id[]> {
  const { rows } = await sql<{ id: Id }>`
    select account_id as id from exam_marker where exam_id = ${examId} order by added_at, account_id`.execute(
    db,
  )
  return rows.map((row) => row.id)
}

export async function isMarkerOf(db: Database, examId: Id, accountId: Id): Promise<boolean> {
  const { rows } = await sql`
    select from exam_marker where exam_id = ${examId} and account_id = ${accountId}`.execute(db)
  return rows.length === 1
}
