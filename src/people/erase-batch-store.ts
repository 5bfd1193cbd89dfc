import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database } from '../platform/database.ts'

/** The exam of a batch, by the id of its row and by the reference of its events. */
export async function findExamOfBatch(
  db: Database,
  batchId: Id,
): Promise<{ readonly examId: Id; readonly examRef: Id } | undefined> {
  const { rows } = await sql<{ examId: Id; examRef: Id }>`
    select e.id as "examId", e.stream_ref as "examRef"
      from batch b join exam e on e.id = b.exam_id where b.id = ${batchId}`.execute(db)
  return rows[0]
}

/** A copy that was not erased and was made of this scan, or has a page of it. */
export async function findLivingCopy(db: Database, batchId: Id): Promise<Id | undefined> {
  const { rows } = await sql<{ id: Id }>`
    select c.id from copy c
     where c.erased_at is null
       and (c.batch_id = ${batchId}
            or c.id in (select p.copy_id from page p where p.batch_id = ${batchId}))
     limit 1`.execute(db)
  return rows[0]?.id
}
