import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { eventsOf, importScan, makeExam, makeReadyCopy, type Staff } from '../support/builders.ts'
import type { SignedIn, TestClient } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { gradeCopy } from '../support/erasing.ts'

const REFUSED = { status: 403, body: { code: 'not-assigned' } }

describe('students and their marked copies', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openTestApp()
  })
  afterAll(() => app?.close())

  const release = (admin: TestClient, examId: string, isReleased: boolean, version: number) =>
    admin.call('PUT', `/api/exams/${examId}/release`, { body: { isReleased }, version })
  const link = (admin: TestClient, path: string, student: TestClient) =>
    admin.call('PUT', `${path}/student`, { body: { accountId: student.accountId } })
  const resultOf = (path: string) => path.replace('/api/copies/', '/api/my/results/')
  const examEvents = async (examId: string) =>
    runAs(
      app.database.ownerUrl,
      `select action, metadata, actor_ref is not null as "hasActor" from audit_event
        where stream_ref = (select stream_ref from exam where id = $1) and action in ('RELEASE', 'WITHDRAW') order by seq`,
      [examId],
    )

  async function gradedCopy(): Promise<Staff & { path: string; student: SignedIn }> {
    const staff = await makeExam(app)
    const path = await makeReadyCopy(staff)
    await gradeCopy(staff.marker, path)
    return { ...staff, path, student: await app.signIn('student') }
  }

  /** What the student gets of each part of a copy. */
  async function read(student: TestClient, path: string) {
    const parts = ['', '/pages/1', '/marked']
    return Promise.all(parts.map((part) => student.get(`${resultOf(path)}${part}`)))
  }

  it('are brought together by an administrator, and read nothing before the release', async () => {
    const { admin, path, student, examId } = await gradedCopy()
    expect((await link(admin, path, student)).status).toBe(204)
    for (const answer of await read(student, path)) expect(answer).toMatchObject(REFUSED)
    expect((await student.get('/api/my/results')).body).toEqual({ copies: [] })

    const released = await release(admin, examId, true, 0)
    expect(released.body.release).toEqual({ releasedAt: expect.any(String), version: 1 })
    const [result, page, pdf] = await read(student, path)
    expect(result?.body).toMatchObject({
      examTitle: 'Examen de test',
      finalScore: 6,
      maxTotal: 20,
      annotations: [{ kind: 'comment', text: 'Vu' }],
      pages: [{ pageNumber: 1 }, { pageNumber: 2 }],
    })
    expect(result?.body.items.map(({ points }: { points: number | null }) => points)).toEqual([null, 2, 2, 2])
    expect(page?.headers.get('content-type')).toMatch(/^image\//)
    expect(pdf?.bytes.subarray(0, 5).toString()).toBe('%PDF-')
    expect((await student.get('/api/my/results')).body.copies).toMatchObject([
      { copyId: path.split('/').at(-1), examTitle: 'Examen de test' },
    ])
    const [last, ...before] = (await eventsOf(admin, path)).reverse()
    expect(last).toMatchObject({
      action: 'EXPORT',
      actor: { kind: 'user' },
      metadata: { format: 'marked-pdf' },
    })
    expect(before.find(({ action }) => action === 'LINK_STUDENT')).toMatchObject({ actor: { kind: 'user' } })
    expect(await examEvents(examId)).toEqual([
      { action: 'RELEASE', metadata: { version: 1 }, hasActor: true },
    ])
  })

  it('read no copy of anybody else, and are not told that there is one', async () => {
    const { admin, path, student, examId } = await gradedCopy()
    const stranger = await app.signIn('student')
    await link(admin, path, student)
    await release(admin, examId, true, 0)
    const theirs = await read(stranger, path)
    const nowhere = await read(stranger, '/api/copies/00000000-0000-4000-8000-000000000000')
    const told = (answers: typeof theirs) =>
      answers.map(({ status, body: { requestId: _, ...rest } }) => ({ status, ...rest }))
    expect(told(theirs)).toEqual(told(nowhere))
    for (const answer of theirs) expect(answer).toMatchObject(REFUSED)
    expect((await stranger.get(path)).body.code).toBe('role-not-allowed')
  })

  it('read no longer what is withdrawn, unlinked or reopened', async () => {
    const { admin, path, student, examId } = await gradedCopy()
    await link(admin, path, student)
    await release(admin, examId, true, 0)
    const canRead = async () => (await read(student, path)).map(({ status }) => status)
    expect(await canRead()).toEqual([200, 200, 200])

    await release(admin, examId, false, 1)
    expect(await canRead()).toEqual([403, 403, 403])
    await release(admin, examId, true, 2)
    expect(await canRead()).toEqual([200, 200, 200])

    await admin.call('DELETE', `${path}/student`)
    expect(await canRead()).toEqual([403, 403, 403])
    await link(admin, path, student)
    expect(await canRead()).toEqual([200, 200, 200])

    await admin.post(`${path}/reopen`, { body: { reason: 'appeal' } })
    expect(await canRead()).toEqual([403, 403, 403])
    const actions = (await eventsOf(admin, path)).map(({ action }) => action)
    expect(actions.filter((action) => action.endsWith('_STUDENT'))).toEqual([
      ...['LINK_STUDENT', 'UNLINK_STUDENT', 'LINK_STUDENT'],
    ])
    expect((await examEvents(examId)).map(({ action }) => action)).toEqual(['RELEASE', 'WITHDRAW', 'RELEASE'])
  })

  it('a release that is asked for again changes nothing; one over an older state is refused', async () => {
    const { admin, examId } = await makeExam(app)
    const [first, again] = [await release(admin, examId, true, 0), await release(admin, examId, true, 0)]
    expect(again.body.release).toEqual(first.body.release)
    expect(await release(admin, examId, false, 0)).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', currentVersion: 1 },
    })
    const both = await Promise.all([release(admin, examId, false, 1), release(admin, examId, false, 1)])
    expect(both.map(({ body }) => body.release)).toEqual([
      { releasedAt: null, version: 2 },
      { releasedAt: null, version: 2 },
    ])
    expect(await examEvents(examId)).toHaveLength(2)
  })

  it('a copy has one student, and a student one copy of an exam', async () => {
    const staff = await makeExam(app)
    const { batch } = await importScan(staff, { pagesPerCopy: 1 })
    const [first = '', second = ''] = batch.copies.map((id: string) => `/api/copies/${id}`)
    const [anne, zoe] = [await app.signIn('student'), await app.signIn('student')]
    expect((await link(staff.admin, first, anne)).status).toBe(204)
    expect((await link(staff.admin, first, anne)).status).toBe(204)
    expect((await link(staff.admin, first, zoe)).body.code).toBe('copy-has-student')
    expect((await link(staff.admin, second, anne)).body.code).toBe('student-has-copy')
    expect((await link(staff.admin, second, staff.marker)).body.code).toBe('not-a-student')
    expect((await link(staff.admin, second, zoe)).status).toBe(204)
    expect((await staff.admin.get(`/api/exams/${staff.examId}/students`)).body.students).toEqual([
      { copyId: first.split('/').at(-1), accountId: anne.accountId, name: 'Camille Exemple' },
      { copyId: second.split('/').at(-1), accountId: zoe.accountId, name: 'Camille Exemple' },
    ])
    const links = (await eventsOf(staff.admin, first)).filter(({ action }) => action === 'LINK_STUDENT')
    expect(links).toHaveLength(1)
  })

  it('whose copy it is stands in the log sealed, never in clear', async () => {
    const { admin, path, student } = await gradedCopy()
    await link(admin, path, student)
    const [row] = await runAs<{ clear: string; ref: string }>(
      app.database.ownerUrl,
      `select e.metadata::text || convert_from(e.leaf, 'UTF8') as clear, a.actor_ref as ref
         from audit_event e, people.account a
        where e.action = 'LINK_STUDENT' and a.id = $1 order by e.id desc limit 1`,
      [student.accountId],
    )
    expect(row?.clear).not.toContain(row?.ref)
    const event = (await eventsOf(admin, path)).at(-1)
    expect(event).toMatchObject({ action: 'LINK_STUDENT', metadata: { student_ref: row?.ref } })
  })
})
