import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { fileNamePurpose } from '../../src/copies/read.ts'
import type { Id } from '../../src/observability/id.ts'
import { reveal } from '../../src/observability/sensitive.ts'
import { seal } from '../../src/platform/keys.ts'
import type { TestApp } from '../support/app.ts'
import { type Answer, type Request, send, type TestClient } from '../support/client.ts'
import { insertFiledCopy } from '../support/filed-page.ts'
import { publishLogOf } from '../support/publish-app-log.ts'
import { formOf } from '../support/scans.ts'
import { beginTaken, sendBytes } from '../support/tus.ts'
import type { Caller } from './access-table.ts'
import type { CopyState } from './expected-access.ts'

export const ORIGIN = 'https://paraph.test'
const NOWHERE = '00000000-0000-4000-8000-000000000000'

/** A copy, and what a caller needs to write on it. */
export type MadeCopy = {
  readonly copyId: string
  /** Its only page. */
  readonly pageId: string
  readonly annotationId: string
  readonly lockToken: string
}
export const NO_COPY: MadeCopy = {
  copyId: NOWHERE,
  pageId: NOWHERE,
  annotationId: NOWHERE,
  lockToken: NOWHERE,
}

export type World = Awaited<ReturnType<typeof openWorld>>

/** An exam with its people, and a workshop that makes copies in any state, faster than the API could. */
export async function openWorld(app: TestApp) {
  const [admin, marker, colleague, stranger] = [
    await app.signIn('admin'),
    await app.signIn('marker'),
    await app.signIn('marker'),
    await app.signIn('marker'),
  ]
  const signedOut = await app.signIn('admin')
  await signedOut.post('/api/auth/sign-out')
  const rubric = { items: [{ label: 'Exercice 1', maxPoints: 20, step: 1 }] }
  const makeExam = async (): Promise<string> => {
    const body = { title: 'Examen', requireAllScores: false, rubric }
    const { id } = (await admin.post('/api/exams', { body })).body
    for (const { accountId } of [marker, colleague]) {
      await admin.post(`/api/exams/${id}/markers`, { body: { markerId: accountId } })
    }
    return id
  }
  const examId = await makeExam()
  const exam = (await admin.get(`/api/exams/${examId}`)).body
  await admin.call('PUT', `/api/exams/${examId}/release`, { body: { isReleased: true }, version: 0 })
  const form = () => formOf(Buffer.from('%PDF-1.7\n'), 'scan.pdf')
  const batchId: string = (await admin.post(`/api/exams/${examId}/batches`, { form: await form() })).body.id
  const uploadPath = await beginTaken(admin, 9, { exam: examId, duplicate: 'allow' })
  await sendBytes(admin, uploadPath, 0, Buffer.from('%PDF-1.7\n'))
  const { sha256 } = await app.services.blobs.put(oneChunk('%PDF-1.7 a scan'))

  const owner = new pg.Client({ connectionString: app.database.ownerUrl })
  await owner.connect()
  await owner.query(`update batch set status = 'IMPORTED' where id = $1`, [batchId])

  const clients: Record<Exclude<Caller, 'nobody' | 'marker, other'>, TestClient> = {
    'signed out': signedOut,
    admin,
    'marker, own': marker,
    operator: await app.signIn('operator'),
    auditor: await app.signIn('auditor'),
    student: await app.signIn('student'),
  }
  const { rows } = await owner.query<{ eventId: string; actorRef: string; streamRef: string }>(
    `select (select max(id)::text from audit_event) as "eventId", actor_ref as "actorRef",
            stream_ref as "streamRef"
       from people.account where id = $1`,
    [marker.accountId],
  )
  const [{ eventId, actorRef, streamRef } = { eventId: '', actorRef: '', streamRef: '' }] = rows
  await publishLogOf(app)
  let made = 0

  /** The copy is the student's now, instead of the one they had. */
  async function giveTo(studentId: string, copyId: string): Promise<void> {
    await owner.query('delete from people.copy_student where account_id = $1', [studentId])
    await owner.query(
      'insert into people.copy_student (copy_id, exam_id, account_id) select id, exam_id, $2 from copy where id = $1',
      [copyId, studentId],
    )
  }

  const makeCopy = async (state: Exclude<CopyState, 'none'>, caller: Caller): Promise<MadeCopy> => {
    made += 1
    const holder = (state === 'LOCKED by you') === (caller === 'admin') ? admin : marker
    const copy = {
      copyId: randomUUID(),
      pageId: randomUUID(),
      annotationId: randomUUID(),
      lockToken: randomUUID(),
    }
    await buildCopy(owner, {
      ...copy,
      state,
      number: made,
      examId,
      batchId,
      sha256,
      markerId: marker.accountId,
      holderId: holder.accountId,
      fileNameSealed: reveal(seal(app.services.keys, fileNamePurpose(copy.copyId as Id), 'scan.pdf'), 'seal'),
    })
    if (caller === 'student' && state !== 'erased') await giveTo(clients.student.accountId, copy.copyId)
    return state === 'LOCKED by another' ? { ...copy, lockToken: NOWHERE } : copy
  }

  return {
    examId,
    batchId,
    uploadId: uploadPath.split('/').at(-1) ?? '',
    itemId: exam.rubric.items[0].id as string,
    markerId: marker.accountId,
    eventId,
    actorRef,
    streamRef,
    makeExam,
    form,
    owner,
    close: () => owner.end(),
    /** Asks as a caller; another marker is one of the same exam for copies, one of none for the rest. */
    ask: (caller: Caller, method: string, path: string, request: Request = {}): Promise<Answer> => {
      if (caller === 'nobody') return send(app.url, method, path, { origin: ORIGIN, ...request })
      const other = path.startsWith('/api/copies/') ? colleague : stranger
      return (caller === 'marker, other' ? other : clients[caller]).call(method, path, request)
    },
    /** A copy in that state, assigned to the marker; locked, if it is, by the caller or by somebody else. */
    makeCopy,
    makeStudent: async (): Promise<string> => (await app.signIn('student')).accountId,
    /** A scanned page that is in no copy. */
    makeLoosePage: async (): Promise<string> => {
      const { copyId, pageId } = await makeCopy('STAGING', 'admin')
      await owner.query('update page set copy_id = null, page_index = null where copy_id = $1', [copyId])
      return pageId
    },
    /** Something that was done to a page, and can be undone. */
    makeOperation: async (): Promise<string> => {
      const { pageId } = await makeCopy('STAGING', 'admin')
      const turned = await admin.post(`/api/pages/${pageId}/rotate`, { body: { turn: 90 }, version: 1 })
      return turned.body.operationId
    },
  }
}

async function* oneChunk(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text)
}

type Plan = MadeCopy & {
  readonly state: Exclude<CopyState, 'none'>
  readonly number: number
  readonly examId: string
  readonly batchId: string
  readonly sha256: string
  readonly markerId: string
  readonly holderId: string
  readonly fileNameSealed: Buffer
}

/** The way to each state, as the triggers of the database allow it. */
const WAYS: Readonly<Record<Exclude<CopyState, 'none'>, readonly string[]>> = {
  erased: ['READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED'],
  STAGING: [],
  READY: ['READY'],
  'LOCKED by you': ['READY', 'LOCKED'],
  'LOCKED by another': ['READY', 'LOCKED'],
  GRADING_IN_PROGRESS: ['READY', 'LOCKED', 'GRADING_IN_PROGRESS'],
  GRADED: ['READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED'],
  GRADING_FAILED: ['READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADING_FAILED'],
}

async function buildCopy(owner: pg.Client, plan: Plan): Promise<void> {
  const { copyId, sha256 } = plan
  await owner.query('begin')
  await insertFiledCopy((text, values) => owner.query(text, [...values]), {
    ...{ copyId, pageId: plan.pageId, sha256, markerId: plan.markerId },
    ...{ anonymousId: `TEST-${plan.number}`, likeBatchId: plan.batchId, fileNameSealed: plan.fileNameSealed },
  })
  // A page that is annotated cannot leave its copy.
  if (plan.state !== 'STAGING') {
    await owner.query(
      `insert into annotation (id, copy_id, copy_version, page_index, kind, x, y, width, height, created_by)
       values ($1, $2, 1, 0, 'tick', 0.1, 0.1, 0, 0, $3)`,
      [plan.annotationId, copyId, plan.markerId],
    )
  }
  for (const status of WAYS[plan.state]) await moveTo(owner, plan, status)
  if (plan.state === 'erased') {
    await owner.query(
      `update copy set erased_at = now(), original_sha256 = null, prepared_sha256 = null,
              event_seq = event_seq + 1 where id = $1`,
      [copyId],
    )
  }
  await owner.query('commit')
}

async function moveTo(owner: pg.Client, plan: Plan, status: string): Promise<void> {
  if (status === 'LOCKED') {
    await owner.query(
      `insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
       select $1, $2, id, actor_ref, now() + interval '1 hour' from people.account where id = $3`,
      [plan.copyId, plan.lockToken, plan.holderId],
    )
  }
  if (status === 'GRADING_IN_PROGRESS')
    await owner.query('delete from copy_lock where copy_id = $1', [plan.copyId])
  if (status === 'GRADED') {
    await owner.query(
      `insert into grading_result (copy_id, copy_version, final_score_hundredths, marked_sha256, marked_pages, marked_sheet_pages)
       values ($1, 1, 1200, $2, 2, 1)`,
      [plan.copyId, plan.sha256],
    )
  }
  const job = status === 'GRADING_IN_PROGRESS' ? 'gen_random_uuid()' : 'null'
  await owner.query(
    `update copy set status = $2, event_seq = event_seq + 1, finalize_job_id = ${job} where id = $1`,
    [plan.copyId, status],
  )
}
