import { sql } from 'kysely'
import { type EventRow, gatherEvents } from '../audit/store.ts'
import type { CopyStatus } from '../copies/contract.ts'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Tx } from '../platform/database.ts'
import type { LifeEvent } from './replay-life.ts'

/** An exam, by the id of its row and by the reference of its events. */
export type ExamKeys = { readonly id: Id; readonly ref: Id }

/** The next exams after `afterId`. */
export async function listExamKeys(tx: Tx, afterId: Id, limit: number): Promise<readonly ExamKeys[]> {
  const { rows } = await sql<ExamKeys>`
    select id, stream_ref as ref from exam where id > ${afterId} order by id limit ${limit}`.execute(tx)
  return rows
}

export async function countCopies(tx: Tx): Promise<number> {
  const { rows } = await sql<{ copies: number }>`select count(*)::int as copies from copy`.execute(tx)
  return rows[0]?.copies ?? 0
}

/** A copy as the business tables have it. */
export type CopyFacts = {
  readonly id: Id
  readonly streamRef: Id
  readonly eventSeq: number
  readonly status: CopyStatus
  readonly version: number
  readonly isErased: boolean
  readonly originalSha256: string | null
  readonly assignedMarkerId: Id | null
  readonly lockHolderRef: Id | null
  readonly pages: number
}

/** The next copies of an exam after `afterId`. */
export async function listCopyFacts(
  tx: Tx,
  examId: Id,
  afterId: Id,
  limit: number,
): Promise<readonly CopyFacts[]> {
  const { rows } = await sql<CopyFacts>`
    select c.id, c.stream_ref as "streamRef", c.event_seq as "eventSeq", c.status, c.version,
           c.erased_at is not null as "isErased", c.original_sha256 as "originalSha256",
           c.assigned_marker_id as "assignedMarkerId", l.holder_ref as "lockHolderRef",
           (select count(*)::int from page p where p.copy_id = c.id) as pages
      from copy c left join copy_lock l on l.copy_id = c.id
     where c.exam_id = ${examId} and c.id > ${afterId} order by c.id limit ${limit}`.execute(tx)
  return rows
}

export type CopyEventRow = LifeEvent & { readonly streamRef: Id }

/** The next events of these streams, in the order of streams and places, after the place that was read last. */
export async function listLifeEvents(
  tx: Tx,
  streamRefs: readonly Id[],
  after: { readonly streamRef: Id; readonly seq: number },
  limit: number,
): Promise<readonly CopyEventRow[]> {
  const { rows } = await sql<CopyEventRow>`
    select stream_ref as "streamRef", seq, action, actor_ref as "actorRef", metadata
      from audit_event
     where stream_ref = any(${[...streamRefs]}::uuid[]) and (stream_ref, seq) > (${after.streamRef}, ${after.seq})
     order by stream_ref, seq limit ${limit}`.execute(tx)
  return rows
}

/** Whom the log of an exam has assigned its copies to: by the reference of the copy, that of the marker. */
export async function listAssigned(tx: Tx, examRef: Id): Promise<ReadonlyMap<Id, Id>> {
  const { rows } = await sql<{ metadata: { copy_ref: Id; marker_ref: Id } }>`
    select metadata from audit_event where exam_ref = ${examRef} and action = 'ASSIGN' order by id`.execute(
    tx,
  )
  return new Map(rows.map(({ metadata }) => [metadata.copy_ref, metadata.marker_ref]))
}

export type MarksRow = { readonly copyId: Id; readonly copyVersion: number }

export async function countAnnotations(
  tx: Tx,
  copyIds: readonly Id[],
): Promise<readonly (MarksRow & { readonly annotations: number })[]> {
  const { rows } = await sql<MarksRow & { annotations: number }>`
    select copy_id as "copyId", copy_version as "copyVersion", count(*)::int as annotations
      from annotation where copy_id = any(${[...copyIds]}::uuid[]) group by 1, 2`.execute(tx)
  return rows
}

export type ScoreFacts = MarksRow & {
  readonly itemId: Id
  readonly version: number
  readonly pointsHundredths: Sensitive<number> | null
}

export async function listScoreFacts(tx: Tx, copyIds: readonly Id[]): Promise<readonly ScoreFacts[]> {
  const { rows } = await sql<ScoreFacts>`
    select copy_id as "copyId", copy_version as "copyVersion", rubric_item_id as "itemId", version,
           points_hundredths as "pointsHundredths"
      from score where copy_id = any(${[...copyIds]}::uuid[])`.execute(tx)
  return rows
}

export type RemarkFacts = MarksRow & {
  /** Null: of the whole copy. */
  readonly itemId: Id | null
  readonly version: number
}

export async function listRemarkFacts(tx: Tx, copyIds: readonly Id[]): Promise<readonly RemarkFacts[]> {
  const { rows } = await sql<RemarkFacts>`
    select copy_id as "copyId", copy_version as "copyVersion", rubric_item_id as "itemId", version
      from remark where copy_id = any(${[...copyIds]}::uuid[])`.execute(tx)
  return rows
}

export type ResultFacts = MarksRow & {
  readonly finalScoreHundredths: Sensitive<number>
  readonly markedSha256: string
}

export async function listResultFacts(tx: Tx, copyIds: readonly Id[]): Promise<readonly ResultFacts[]> {
  const { rows } = await sql<ResultFacts>`
    select copy_id as "copyId", copy_version as "copyVersion", final_score_hundredths as "finalScoreHundredths",
           marked_sha256 as "markedSha256"
      from grading_result where copy_id = any(${[...copyIds]}::uuid[])`.execute(tx)
  return rows
}

/** Events with their sealed members, by their places. */
export function listPlaces(
  tx: Tx,
  places: readonly { readonly streamRef: Id; readonly seq: number }[],
): Promise<readonly EventRow[]> {
  const refs = places.map(({ streamRef }) => streamRef)
  const seqs = places.map(({ seq }) => seq)
  const chosen = sql`
    select audit_event.* from unnest(${refs}::uuid[], ${seqs}::integer[]) as place (stream_ref, seq)
      join audit_event using (stream_ref, seq)`
  return gatherEvents(tx, chosen, sql`e.id`)
}
