import { CompiledQuery, sql } from 'kysely'
import pg from 'pg'
import { type CopyEvent, changeCopy, takeCopy } from '../../src/copies/change.ts'
import type { CopyStatus } from '../../src/copies/contract.ts'
import { appendExamEvent } from '../../src/exams/exams.ts'
import { type Actor, runInContext } from '../../src/observability/context.ts'
import type { Id } from '../../src/observability/id.ts'
import { Sensitive } from '../../src/observability/sensitive.ts'
import { findAccount } from '../../src/people/store.ts'
import { idSchema } from '../../src/platform/contract.ts'
import { inTransaction, type Tx } from '../../src/platform/database.ts'
import { newRef } from '../../src/platform/ids.ts'
import type { TestApp } from './app.ts'
import type { TestClient } from './client.ts'
import { insertFiledCopy } from './filed-page.ts'
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
  readonly remarks: number
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

/** The states that are passed on the way to each. The guards of the database judge every step. */
const TO_GRADING = ['STAGING', 'READY', 'LOCKED', 'GRADING_IN_PROGRESS'] as const
const WAYS: Readonly<Record<CopyStatus, readonly CopyStatus[]>> = {
  STAGING: TO_GRADING.slice(0, 1),
  READY: TO_GRADING.slice(0, 2),
  LOCKED: TO_GRADING.slice(0, 3),
  GRADING_IN_PROGRESS: TO_GRADING,
  GRADED: [...TO_GRADING, 'GRADED'],
  GRADING_FAILED: [...TO_GRADING, 'GRADING_FAILED'],
}

/** An exam with one question of 20 points and a batch, whose copies are made without the API, in milliseconds. */
export async function openCopyWorkshop(app: TestApp, admin: TestClient) {
  const rubric = { items: [{ label: 'Exercice 1', maxPoints: 20, step: 1 }] }
  const exam = { title: 'Examen de test', requireAllScores: false, rubric }
  const { body } = await admin.post('/api/exams', { body: exam })
  const examId: string = body.id
  const itemId: string = body.rubric.items[0].id
  const form = await formOf(Buffer.from('%PDF-1.7\n'), 'scan.pdf')
  const batchId: string = (await admin.post(`/api/exams/${examId}/batches?duplicate=allow`, { form })).body.id
  const { sha256 } = await app.services.blobs.put(contentOf('%PDF-1.7 a scan'))
  const client = new pg.Client({ connectionString: app.database.url })
  await client.connect()
  await client.query(`update batch set status = 'IMPORTED' where id = $1`, [batchId])
  let made = 0

  async function insertCopy(tx: Tx, copyId: Id, markerId: string): Promise<void> {
    made += 1
    await insertFiledCopy((text, values) => tx.executeQuery(CompiledQuery.raw(text, [...values])), {
      ...{ copyId, markerId, sha256, anonymousId: `TEST-${made}`, likeBatchId: batchId },
    })
  }

  /** The event that says that the copy came to a state, as the use case of the move would write it. */
  function eventOf(status: CopyStatus, marker: Actor): CopyEvent {
    const ending = { retries: 0, version: 1 }
    const digest = new Sensitive(sha256)
    const events: Record<CopyStatus, CopyEvent> = {
      STAGING: { action: 'IMPORT', metadata: { success: true, pages: 1, original_sha256: digest } },
      READY: { action: 'VALIDATE', metadata: { pages: 1, original_sha256: digest } },
      LOCKED: { action: 'LOCK', metadata: { expires_in_seconds: 3_600 }, actor: marker },
      GRADING_IN_PROGRESS: { action: 'FINALIZE_REQUEST', metadata: { cause: 'first', version: 1 } },
      GRADED: {
        action: 'FINALIZE',
        metadata: { ...ending, success: true, final_score: new Sensitive(1_200), marked_sha256: digest },
      },
      GRADING_FAILED: {
        action: 'FINALIZE',
        metadata: { ...ending, success: false, error_code: 'engine-fault' },
      },
    }
    return events[status]
  }

  /** One step: the state and its event together. */
  async function step(tx: Tx, copy: BuiltCopy, status: CopyStatus, marker: Actor): Promise<void> {
    if (status === 'GRADED') {
      await sql`
        insert into grading_result (copy_id, copy_version, final_score_hundredths, marked_sha256, marked_pages,
                                    marked_sheet_pages) values (${copy.copyId}, 1, 1200, ${sha256}, 1, 1)`.execute(
        tx,
      )
    }
    const changes = { status, finalizeJobId: status === 'GRADING_IN_PROGRESS' ? copy.jobId : null }
    const taken = await takeCopy(tx, copy.copyId)
    await changeCopy(app.services, tx, taken, changes, [eventOf(status, marker)])
  }

  async function lease(tx: Tx, copy: BuiltCopy, plan: CopyPlan): Promise<void> {
    await sql`
      insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
      select ${copy.copyId}, ${copy.lockToken}, id, actor_ref,
             clock_timestamp() + make_interval(secs => ${(plan.leaseMs ?? 3_600_000) / 1_000})
        from people.account where id = ${plan.marker.accountId}`.execute(tx)
  }

  async function build(tx: Tx, copy: BuiltCopy, plan: CopyPlan): Promise<void> {
    const account = await findAccount(tx, idSchema.parse(plan.marker.accountId))
    if (!account) throw new Error('no such marker')
    const { accountId: id, actorRef: ref, role } = account
    await insertCopy(tx, copy.copyId, id)
    for (const status of WAYS[plan.status]) await step(tx, copy, status, { kind: 'user', id, ref, role })
    if (plan.status === 'LOCKED') await lease(tx, copy, plan)
    const { streamRef, examRef } = await takeCopy(tx, copy.copyId)
    const exam = { id: idSchema.parse(examId), streamRef: examRef }
    await appendExamEvent(app.services, tx, exam, 'ASSIGN', { copy_ref: streamRef, marker_ref: ref })
  }

  return {
    examId,
    itemId,
    make: async (plan: CopyPlan): Promise<BuiltCopy> => {
      const copyId = newRef()
      const copy = {
        copyId,
        path: `/api/copies/${copyId}`,
        events: WAYS[plan.status].length,
        lockToken: newRef(),
        jobId: newRef(),
      }
      await runInContext({ requestId: 'built-by-sql', actor: { kind: 'system' } }, () =>
        inTransaction(app.services.db, (tx) => build(tx, copy, plan)),
      )
      return copy
    },
    read: async (copyId: Id): Promise<CopyFacts> => {
      const { rows } = await client.query<CopyFacts>(
        `select c.status, c.version, c.event_seq as "eventSeq", c.finalize_job_id as "jobId",
                (select token::text from copy_lock l where l.copy_id = c.id) as token,
                (select count(*)::int from annotation a where a.copy_id = c.id) as annotations,
                (select count(*)::int from score s where s.copy_id = c.id) as scores,
                (select count(*)::int from remark r where r.copy_id = c.id) as remarks,
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
