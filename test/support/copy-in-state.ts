import pg from 'pg'
import type { CopyStatus } from '../../src/copies/contract.ts'
import type { Id } from '../../src/observability/id.ts'
import { newRef } from '../../src/platform/ids.ts'
import type { TestApp } from './app.ts'
import type { TestClient } from './client.ts'
import { formOf } from './scans.ts'

/** A copy that was brought into its state by SQL; what it has no use for in that state means nothing. */
export type BuiltCopy = {
  readonly copyId: Id
  readonly path: string
  /** Its events so far. */
  readonly events: number
  readonly lockToken: string
  readonly jobId: Id
}

/** Everything that a copy has come to. */
export type CopyFacts = {
  readonly status: CopyStatus
  readonly version: number
  readonly eventSeq: number
  readonly jobId: Id | null
  readonly token: string | null
  readonly annotations: number
  readonly scores: number
  readonly results: number
  readonly jobs: number
  readonly events: readonly EventFact[]
}

export type EventFact = {
  readonly seq: number
  readonly action: string
  readonly requestId: string
  readonly actorRef: string | null
  readonly metadata: Readonly<Record<string, unknown>>
}

export type CopyPlan = {
  readonly status: CopyStatus
  /** The marker to whom it is assigned, who holds its lock when it is LOCKED. */
  readonly marker: TestClient
  /** How long the lease still lasts; below zero, it is over. */
  readonly leaseMs?: number
}

export type CopyWorkshop = Awaited<ReturnType<typeof openCopyWorkshop>>

/** The way to each state: the states passed, each with its event. The guards of the database judge every step. */
const TO_READY = [
  ['STAGING', 'IMPORT'],
  ['READY', 'VALIDATE'],
] as const
const TO_GRADING = [...TO_READY, ['LOCKED', 'LOCK'], ['GRADING_IN_PROGRESS', 'FINALIZE_REQUEST']] as const
const WAYS: Readonly<Record<CopyStatus, readonly (readonly [CopyStatus, string])[]>> = {
  STAGING: TO_READY.slice(0, 1),
  READY: TO_READY,
  LOCKED: TO_GRADING.slice(0, 3),
  GRADING_IN_PROGRESS: TO_GRADING,
  GRADED: [...TO_GRADING, ['GRADED', 'FINALIZE']],
  GRADING_FAILED: [...TO_GRADING, ['GRADING_FAILED', 'FINALIZE']],
}

/** An exam with one question of 20 points and a batch, whose copies are made by SQL, in milliseconds. */
export async function openCopyWorkshop(app: TestApp, admin: TestClient) {
  const rubric = { items: [{ label: 'Exercice 1', maxPoints: 20, step: 1 }] }
  const exam = { title: 'Examen de test', requireAllScores: false, rubric }
  const { body } = await admin.post('/api/exams', { body: exam })
  const examId: string = body.id
  const itemId: string = body.rubric.items[0].id
  const form = await formOf(Buffer.from('%PDF-1.7\n'), 'scan.pdf')
  const batchId: string = (await admin.post(`/api/exams/${examId}/batches`, { form })).body.id
  const { sha256 } = await app.services.blobs.put(contentOf('%PDF-1.7 a scan'))
  const client = new pg.Client({ connectionString: app.database.url })
  await client.connect()
  await client.query(`update batch set status = 'IMPORTED' where id = $1`, [batchId])
  let made = 0

  async function insertCopy(copyId: Id, markerId: string): Promise<void> {
    made += 1
    await client.query(
      `insert into copy (id, exam_id, batch_id, batch_position, anonymous_id, assigned_marker_id, original_sha256)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [copyId, examId, batchId, 1_000 + made, `TEST-${made}`, markerId, sha256],
    )
    await client.query(
      `insert into page (batch_id, batch_page_index, copy_id, page_index, full_sha256, full_media_type, screen_sha256,
                         screen_media_type, thumbnail_sha256, thumbnail_media_type, width_px, height_px, is_blank,
                         renders_empty)
       values ($1, $2, $3, 0, $4, 'image/webp', $4, 'image/webp', $4, 'image/webp', 10, 10, false, false)`,
      [batchId, made, copyId, sha256],
    )
  }

  /** One step: the state and the next place of the stream together, and the event that stands there. */
  async function step(copy: BuiltCopy, status: CopyStatus, action: string): Promise<void> {
    if (status === 'GRADING_IN_PROGRESS')
      await client.query('delete from copy_lock where copy_id = $1', [copy.copyId])
    if (status === 'GRADED') {
      await client.query(
        `insert into grading_result (copy_id, copy_version, final_score_hundredths, marked_sha256, marked_pages,
                                     marked_sheet_pages) values ($1, 1, 1200, $2, 1, 1)`,
        [copy.copyId, sha256],
      )
    }
    await client.query(
      `with moved as (
         update copy set status = $2, event_seq = event_seq + 1, finalize_job_id = $3 where id = $1
         returning stream_ref, event_seq)
       insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, request_id, metadata)
       select 'copy', stream_ref, event_seq, $4, 'system', 'built-by-sql', '{}' from moved`,
      [copy.copyId, status, status === 'GRADING_IN_PROGRESS' ? copy.jobId : null, action],
    )
  }

  async function lease(copy: BuiltCopy, plan: CopyPlan): Promise<void> {
    await client.query(
      `insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
       select $1, $2, id, actor_ref, clock_timestamp() + make_interval(secs => $4) from people.account where id = $3`,
      [copy.copyId, copy.lockToken, plan.marker.accountId, (plan.leaseMs ?? 3_600_000) / 1_000],
    )
  }

  return {
    examId,
    itemId,
    make: async (plan: CopyPlan): Promise<BuiltCopy> => {
      const copyId = newRef()
      const way = WAYS[plan.status]
      const copy = {
        copyId,
        path: `/api/copies/${copyId}`,
        events: way.length,
        lockToken: newRef(),
        jobId: newRef(),
      }
      await client.query('begin')
      await insertCopy(copyId, plan.marker.accountId)
      for (const [status, action] of way) await step(copy, status, action)
      if (plan.status === 'LOCKED') await lease(copy, plan)
      await client.query('commit')
      return copy
    },
    read: async (copyId: Id): Promise<CopyFacts> => {
      const { rows } = await client.query<CopyFacts>(
        `select c.status, c.version, c.event_seq as "eventSeq", c.finalize_job_id as "jobId",
                (select token::text from copy_lock l where l.copy_id = c.id) as token,
                (select count(*)::int from annotation a where a.copy_id = c.id) as annotations,
                (select count(*)::int from score s where s.copy_id = c.id) as scores,
                (select count(*)::int from grading_result r where r.copy_id = c.id) as results,
                (select count(*)::int from pgboss.job j where j.data -> 'payload' ->> 'copyId' = c.id::text) as jobs,
                (select jsonb_agg(jsonb_build_object('seq', e.seq, 'action', e.action, 'requestId', e.request_id,
                                                     'actorRef', e.actor_ref, 'metadata', e.metadata) order by e.seq)
                   from audit_event e where e.stream_ref = c.stream_ref) as events
           from copy c where c.id = $1`,
        [copyId],
      )
      return rows[0] as CopyFacts
    },
    /** How many connections wait for a row that another one has taken. */
    countWaiting: async (): Promise<number> => {
      const { rows } = await client.query<{ waiting: number }>(
        `select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return rows[0]?.waiting ?? 0
    },
    close: () => client.end(),
  }
}

/** A text as a stream that the blobs take. */
export async function* contentOf(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}
