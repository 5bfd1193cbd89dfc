import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'

/** The student of a copy, by the ids that rows and events know. */
export type StudentIds = { readonly accountId: Id; readonly actorRef: Id }

/** Whose copy it is. */
export async function findStudent(db: Database, copyId: Id): Promise<StudentIds | undefined> {
  const { rows } = await sql<StudentIds>`
    select a.id as "accountId", a.actor_ref as "actorRef"
      from people.copy_student s join people.account a on a.id = s.account_id
     where s.copy_id = ${copyId}`.execute(db)
  return rows[0]
}

/** Says whose copy it is; false when the student has another copy of that exam. */
export async function insertStudent(
  tx: Tx,
  link: { readonly copyId: Id; readonly examId: Id; readonly accountId: Id },
): Promise<boolean> {
  const { rows } = await sql`
    insert into people.copy_student (copy_id, exam_id, account_id)
    values (${link.copyId}, ${link.examId}, ${link.accountId})
    on conflict (exam_id, account_id) do nothing returning 1`.execute(tx)
  return rows.length === 1
}

export async function deleteStudentOf(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from people.copy_student where copy_id = ${copyId}`.execute(tx)
}

export type StudentOfCopy = {
  readonly copyId: Id
  readonly accountId: Id
  readonly name: Sensitive<string>
}

/** Whose the copies of an exam are, by name. */
export async function listStudents(db: Database, examId: Id): Promise<readonly StudentOfCopy[]> {
  const { rows } = await sql<StudentOfCopy>`
    select s.copy_id as "copyId", a.id as "accountId", a.name
      from people.copy_student s join people.account a on a.id = s.account_id
     where s.exam_id = ${examId} order by s.linked_at, s.copy_id`.execute(db)
  return rows
}

/** What a student may read: a copy that is theirs, graded, and of an exam that is released. */
const READABLE = sql`
  from people.copy_student s join copy c on c.id = s.copy_id join exam e on e.id = c.exam_id
 where c.status = 'GRADED' and c.erased_at is null and e.released_at is not null`

export async function mayRead(db: Database, accountId: Id, copyId: Id): Promise<boolean> {
  const { rows } = await sql`
    select ${READABLE} and s.account_id = ${accountId} and s.copy_id = ${copyId}`.execute(db)
  return rows.length === 1
}

export type ReadableCopy = {
  readonly copyId: Id
  readonly examTitle: Sensitive<string>
  readonly releasedAt: Date
}

/** The copies that a student may read, those released last first. */
export async function listReadable(db: Database, accountId: Id): Promise<readonly ReadableCopy[]> {
  const { rows } = await sql<ReadableCopy>`
    select c.id as "copyId", e.title as "examTitle", e.released_at as "releasedAt" ${READABLE}
       and s.account_id = ${accountId} order by e.released_at desc, c.id`.execute(db)
  return rows
}
