import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff } from '../support/builders.ts'
import { send, type TestClient } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { beginTaken, VERSION } from '../support/tus.ts'

const NOWHERE = '00000000-0000-4000-8000-000000000000'

describe('a refusal', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  const denialsOf = async (client: TestClient) => {
    const rows = await runAs<{ metadata: object; isOwn: boolean }>(
      app.database.ownerUrl,
      `select e.metadata, e.actor_ref = a.actor_ref as "isOwn"
         from audit_event e join people.account a on a.stream_ref = e.stream_ref
        where a.id = $1 and e.action = 'DENY' order by e.seq`,
      [client.accountId],
    )
    expect(rows.every(({ isOwn }) => isOwn)).toBe(true)
    return rows.map(({ metadata }) => metadata)
  }

  it('by role is an event of who was refused, with the template of the route', async () => {
    const operator = await app.signIn('operator')
    await operator.get(`/api/copies/${NOWHERE}/events`)
    await operator.call('HEAD', '/api/accounts')
    expect(await denialsOf(operator)).toEqual([
      { method: 'GET', route: '/api/copies/:copyId/events', error_code: 'role-not-allowed' },
      { method: 'HEAD', route: '/api/accounts', error_code: 'role-not-allowed' },
    ])
  })

  it('by ownership is one', async () => {
    const stranger = await app.signIn('marker')
    expect((await stranger.post(`/api/copies/${NOWHERE}/lock`)).body.code).toBe('not-assigned')
    expect(await denialsOf(stranger)).toEqual([
      { method: 'POST', route: '/api/copies/:copyId/lock', error_code: 'not-assigned' },
    ])
  })

  it('by origin is one, also of signing out', async () => {
    const admin = await app.signIn('admin')
    const headers = { origin: 'https://elsewhere.test' }
    await admin.post('/api/exams', { body: { title: 'x' }, headers })
    await admin.post('/api/auth/sign-out', { headers })
    expect(await denialsOf(admin)).toEqual([
      { method: 'POST', route: '/api/exams', error_code: 'foreign-origin' },
      { method: 'POST', route: '/api/auth/sign-out', error_code: 'foreign-origin' },
    ])
  })

  it('by origin is one for each way of an upload in parts, of which nothing is kept', async () => {
    const admin = await app.signIn('admin')
    const foreign = { origin: 'https://elsewhere.test', ...VERSION }
    const path = await beginTaken(admin, 10_000, { exam: staff.examId })
    const bytes = { 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }
    const answers = [
      await admin.post('/api/uploads', { headers: { ...foreign, 'upload-length': '10' } }),
      await admin.call('PATCH', path, {
        headers: { ...foreign, ...bytes },
        body: Buffer.alloc(5_000, '%PDF-'),
      }),
      await admin.call('DELETE', path, { headers: foreign }),
      await admin.post(`${path}/finish`, { headers: foreign }),
    ]
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array(4).fill([403, 'foreign-origin']),
    )
    expect(await denialsOf(admin)).toEqual([
      { method: 'POST', route: '/api/uploads', error_code: 'foreign-origin' },
      { method: 'PATCH', route: '/api/uploads/:uploadId', error_code: 'foreign-origin' },
      { method: 'DELETE', route: '/api/uploads/:uploadId', error_code: 'foreign-origin' },
      { method: 'POST', route: '/api/uploads/:uploadId/finish', error_code: 'foreign-origin' },
    ])
    const routes = answers.map(({ requestId }) => {
      const line = app.lines.find((one) => one['request_id'] === requestId && one['http.route'])
      return [line?.['http.route'], line?.['http.response.status_code']]
    })
    const one = ['/api/uploads/:uploadId', 403]
    expect(routes).toEqual([['/api/uploads', 403], one, one, ['/api/uploads/:uploadId/finish', 403]])
    const { uploads } = (await admin.get('/api/uploads')).body
    expect(uploads).toMatchObject([{ offset: 0, status: 'receiving' }])
  })

  it('of nobody is none, nor is what is refused for another reason', async () => {
    const before = await countDenials()
    await send(app.url, 'POST', '/api/exams', { origin: 'https://elsewhere.test' })
    await send(app.url, 'GET', '/api/accounts')
    await staff.admin.get(`/api/exams/${NOWHERE}`)
    await staff.admin.post('/api/exams', { body: {} })
    expect(await countDenials()).toBe(before)
  })

  it('again and again is one', async () => {
    const student = await app.signIn('student')
    const answers = await Promise.all(Array.from({ length: 20 }, () => student.get('/api/accounts')))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]))
    // Two, should a minute have ended in between.
    expect((await denialsOf(student)).length).toBeLessThanOrEqual(2)
    expect(await denialsOf(student)).toContainEqual({
      method: 'GET',
      route: '/api/accounts',
      error_code: 'role-not-allowed',
    })
  })

  async function countDenials(): Promise<number> {
    const rows = await runAs(app.database.ownerUrl, `select 1 from audit_event where action = 'DENY'`)
    return rows.length
  }
})
