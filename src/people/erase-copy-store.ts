import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database, Tx } from '../platform/database.ts'

/**
 * Another copy with pages of these scans whose PDF is still to be made of them: without the scans it never would be, and
 * nobody could declare that copy complete.
 */
export async function findCopyInPreparation(
  db: Database,
  copyId: Id,
  batchIds: readonly Id[],
): Promise<Id | undefined> {
  const { rows } = await sql<{ id: Id }>`
    select c.id from copy c
     where c.id <> ${copyId} and c.status = 'STAGING' and c.erased_at is null
       and c.prepared_version is distinct from c.pages_version
       and exists (select from page p join batch b on b.id = p.batch_id
                    where p.copy_id = c.id and b.original_sha256 is not null and b.id = any(${[...batchIds]}::uuid[]))
     limit 1`.execute(db)
  return rows[0]?.id
}

/** What there is to erase of a copy besides its scans. */
export type CopyHoldings = {
  readonly annotations: number
  readonly scores: number
  readonly remarks: number
  readonly results: number
  /** Whether it is known whose copy it is. */
  readonly students: number
}

export async function countCopyHoldings(db: Database, copyId: Id): Promise<CopyHoldings> {
  const { rows } = await sql<CopyHoldings>`
    select (select count(*)::int from annotation a where a.copy_id = c.id) as annotations,
           (select count(*)::int from score s where s.copy_id = c.id) as scores,
           (select count(*)::int from remark r where r.copy_id = c.id) as remarks,
           (select count(*)::int from grading_result r where r.copy_id = c.id) as results,
           (select count(*)::int from people.copy_student s where s.copy_id = c.id) as students
      from copy c where c.id = ${copyId}`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a copy that is gone')
  return row
}

/** Marks the copy as erased and takes the next place of its stream. */
export async function markErased(tx: Tx, copyId: Id): Promise<number> {
  const { rows } = await sql<{ seq: number }>`
    update copy set erased_at = clock_timestamp(), original_sha256 = null, prepared_sha256 = null, event_seq = event_seq + 1
     where id = ${copyId} returning event_seq as seq`.execute(tx)
  const [row] = rows
  if (!row) throw new Error('a copy that is gone')
  return row.seq
}

/** Marks a copy as erased whose events say so already: its row is older than they are, and so is its counter. */
export async function markErasedAgain(tx: Tx, copyId: Id): Promise<void> {
  await sql`
    update copy set erased_at = clock_timestamp(), original_sha256 = null, prepared_sha256 = null,
           event_seq = greatest(event_seq, (select max(seq) from audit_event e where e.stream_ref = copy.stream_ref))
     where id = ${copyId}`.execute(tx)
}

export async function deleteAnnotations(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from annotation where copy_id = ${copyId}`.execute(tx)
}

export async function deleteScores(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from score where copy_id = ${copyId}`.execute(tx)
}

export async function deleteRemarks(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from remark where copy_id = ${copyId}`.execute(tx)
}

export async function deleteResults(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from grading_result where copy_id = ${copyId}`.execute(tx)
}

export async function deleteStudent(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from people.copy_student where copy_id = ${copyId}`.execute(tx)
}
