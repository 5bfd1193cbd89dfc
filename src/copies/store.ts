import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { CopyStatus } from './contract.ts'

export type CopyRow = {
  readonly id: Id
  readonly examId: Id
  readonly examRef: Id
  readonly batchId: Id
  readonly anonymousId: string
  readonly streamRef: Id
  readonly eventSeq: number
  readonly status: CopyStatus
  readonly version: number
  readonly statusChangedAt: Date
  readonly assignedMarkerId: Id | null
  readonly originalSha256: string | null
  /** Grows with every change of its pages. */
  readonly pagesVersion: number
  /** Of which pages its PDF was made last, and that PDF. */
  readonly preparedVersion: number | null
  readonly preparedSha256: string | null
  readonly finalizeJobId: Id | null
  readonly finalizeAttempt: number | null
  /** When the copy's person was erased, and with it all that the copy held. */
  readonly erasedAt: Date | null
  readonly pages: number
}

const COPY = sql`
  c.id, c.exam_id as "examId", e.stream_ref as "examRef", c.batch_id as "batchId", c.anonymous_id as "anonymousId",
  c.stream_ref as "streamRef", c.event_seq as "eventSeq", c.status, c.version,
  c.status_changed_at as "statusChangedAt", c.assigned_marker_id as "assignedMarkerId",
  c.original_sha256 as "originalSha256", c.pages_version as "pagesVersion", c.prepared_version as "preparedVersion",
  c.prepared_sha256 as "preparedSha256", c.finalize_job_id as "finalizeJobId",
  c.finalize_attempt as "finalizeAttempt", c.erased_at as "erasedAt",
  (select count(*)::int from page p where p.copy_id = c.id) as pages`

export async function findCopy(db: Database, copyId: Id): Promise<CopyRow | undefined> {
  const { rows } = await sql<CopyRow>`
    select ${COPY} from copy c join exam e on e.id = c.exam_id where c.id = ${copyId}`.execute(db)
  return rows[0]
}

/** Takes the copy's row for this transaction: whoever comes second waits here. */
export async function findCopyForUpdate(tx: Tx, copyId: Id): Promise<CopyRow | undefined> {
  const { rows } = await sql<CopyRow>`
    select ${COPY} from copy c join exam e on e.id = c.exam_id where c.id = ${copyId} for update of c`.execute(
    tx,
  )
  return rows[0]
}

export type CopyFilter = {
  readonly examId?: Id
  readonly markerId?: Id | undefined
  readonly status?: CopyStatus | undefined
}

export async function listCopies(db: Database, filter: CopyFilter): Promise<readonly CopyRow[]> {
  const { rows } = await sql<CopyRow>`
    select ${COPY} from copy c join exam e on e.id = c.exam_id
     where (${filter.examId ?? null}::uuid is null or c.exam_id = ${filter.examId ?? null})
       and (${filter.markerId ?? null}::uuid is null or c.assigned_marker_id = ${filter.markerId ?? null})
       and (${filter.status ?? null}::text is null or c.status = ${filter.status ?? null})
     order by c.created_at, c.batch_position limit 10000`.execute(db)
  return rows
}

/** How many copies each exam has in each state, without those that were erased. */
export async function countCopiesByExam(
  db: Database,
): Promise<readonly { examId: Id; status: CopyStatus; copies: number }[]> {
  const { rows } = await sql<{ examId: Id; status: CopyStatus; copies: number }>`
    select exam_id as "examId", status, count(*)::int as copies
      from copy where erased_at is null group by exam_id, status`.execute(db)
  return rows
}

/** The pages of each exam with scans that are in no copy and were not discarded. */
export async function countUnresolvedByExam(db: Database): Promise<readonly { examId: Id; pages: number }[]> {
  const { rows } = await sql<{ examId: Id; pages: number }>`
    select b.exam_id as "examId", count(p.id)::int as pages
      from batch b left join page p on p.batch_id = b.id and p.copy_id is null and p.discarded_at is null
     group by b.exam_id`.execute(db)
  return rows
}

/** The next place for a copy in a batch whose row is taken. */
export async function nextBatchPosition(tx: Tx, batchId: Id): Promise<number> {
  const { rows } = await sql<{ position: number }>`
    select coalesce(max(batch_position), 0)::int + 1 as position from copy where batch_id = ${batchId}`.execute(
    tx,
  )
  return rows[0]?.position ?? 1
}

/** A new copy in STAGING. */
export async function insertCopy(
  tx: Tx,
  copy: { id: Id; examId: Id; batchId: Id; batchPosition: number; anonymousId: string },
): Promise<void> {
  await sql`
    insert into copy (id, exam_id, batch_id, batch_position, anonymous_id)
    values (${copy.id}, ${copy.examId}, ${copy.batchId}, ${copy.batchPosition}, ${copy.anonymousId})`.execute(
    tx,
  )
}

/** Columns that a change of state may set besides the state. `null` empties a column, absent leaves it. */
export type CopyChanges = {
  readonly status?: CopyStatus
  readonly version?: number
  readonly originalSha256?: string | null
  readonly pagesVersion?: number
  readonly preparedVersion?: number | null
  readonly preparedSha256?: string | null
  readonly finalizeJobId?: Id | null
  readonly finalizeAttempt?: number | null
}

const COLUMN_OF: Readonly<Record<keyof CopyChanges, string>> = {
  status: 'status',
  version: 'version',
  originalSha256: 'original_sha256',
  pagesVersion: 'pages_version',
  preparedVersion: 'prepared_version',
  preparedSha256: 'prepared_sha256',
  finalizeJobId: 'finalize_job_id',
  finalizeAttempt: 'finalize_attempt',
}

/** Writes the changes and takes the next `events` places of the copy's stream; returns the last place taken. */
export async function updateCopy(tx: Tx, copyId: Id, changes: CopyChanges, events: number): Promise<number> {
  const assignments = Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => sql`${sql.ref(COLUMN_OF[name as keyof CopyChanges])} = ${value}`)
  const { rows } = await sql<{ seq: number }>`
    update copy set ${sql.join([sql`event_seq = event_seq + ${events}`, ...assignments])}
     where id = ${copyId} returning event_seq as seq`.execute(tx)
  return rows[0]?.seq ?? 0
}

/** The imported copies of an exam that nobody marks yet, in the order of their random ids; their rows are taken. */
export async function listUnassignedForUpdate(
  tx: Tx,
  examId: Id,
): Promise<readonly { id: Id; streamRef: Id }[]> {
  const { rows } = await sql<{ id: Id; streamRef: Id }>`
    select id, stream_ref as "streamRef" from copy
     where exam_id = ${examId} and status = 'READY' and assigned_marker_id is null and erased_at is null
     order by anonymous_id for update`.execute(tx)
  return rows
}

export async function assignCopy(tx: Tx, copyId: Id, markerId: Id): Promise<void> {
  await sql`update copy set assigned_marker_id = ${markerId} where id = ${copyId}`.execute(tx)
}

/** How many copies of the exam each marker already has. */
export async function countAssigned(tx: Tx, examId: Id): Promise<ReadonlyMap<Id, number>> {
  const { rows } = await sql<{ id: Id; copies: number }>`
    select assigned_marker_id as id, count(*)::int as copies from copy
     where exam_id = ${examId} and assigned_marker_id is not null group by 1`.execute(tx)
  return new Map(rows.map((row) => [row.id, row.copies]))
}

/** Whether a copy is assigned to an account. */
export async function isAssigned(db: Database, copyId: Id, accountId: Id): Promise<boolean> {
  const { rows } = await sql`
    select from copy where id = ${copyId} and assigned_marker_id = ${accountId}`.execute(db)
  return rows.length === 1
}

export async function countCopiesByStatus(
  db: Database,
): Promise<ReadonlyMap<CopyStatus, { copies: number; oldestSeconds: number }>> {
  const { rows } = await sql<{ status: CopyStatus; copies: number; oldestSeconds: number }>`
    select status, count(*)::int as copies,
           greatest(extract(epoch from now() - min(status_changed_at)), 0)::float8 as "oldestSeconds"
      from copy group by status`.execute(db)
  return new Map(rows.map(({ status, ...counts }) => [status, counts]))
}
