import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { send } from '../support/client.ts'

type Operation = {
  operationId: string
  security?: unknown
  'x-roles'?: string[]
  responses: Record<string, unknown>
}

describe('the published contract', () => {
  let app: TestApp
  let document: { openapi: string; paths: Record<string, Record<string, Operation>> }
  const guarded = () => Object.entries(document.paths).filter(([path]) => !path.startsWith('/api/auth/'))
  const operations = () => Object.values(document.paths).flatMap((methods) => Object.values(methods))

  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    document = (await send(app.url, 'GET', '/api/openapi.json')).body
  })
  afterAll(() => app?.close())

  it('is a valid OpenAPI 3.1 document', async () => {
    const result = await new Validator().validate(JSON.parse(JSON.stringify(document)))
    expect(result.errors).toBeUndefined()
    expect(result.valid).toBe(true)
    expect(document.openapi).toBe('3.1.0')
  })

  it('names every operation differently, and the problem document for whatever goes wrong', () => {
    const ids = operations().map(({ operationId }) => operationId)
    expect(ids.length).toBeGreaterThan(25)
    expect(new Set(ids).size).toBe(ids.length)
    expect(operations().every(({ responses }) => responses['default'] !== undefined)).toBe(true)
  })

  it('declares for every operation who may call it; only signing in and out is open', () => {
    const open = operations().filter((operation) => !operation['x-roles']?.length)
    expect(open.map(({ operationId }) => operationId).sort()).toEqual([
      'getApiAuthGetSession',
      'postApiAuthSignInEmail',
      'postApiAuthSignOut',
    ])
  })

  it('refuses every other operation to somebody who is not signed in', async () => {
    for (const [path, methods] of guarded()) {
      const url = path.replace(/\{\w+\}/g, '018f0000-0000-7000-8000-000000000000')
      for (const method of Object.keys(methods)) {
        const answer = await send(app.url, method.toUpperCase(), url)
        expect(answer, `${method} ${path}`).toMatchObject({ status: 401, body: { code: 'no-session' } })
        expect(answer.body.requestId).toBe(answer.requestId)
      }
    }
  })

  it('refuses every operation to a role that it does not name', async () => {
    const roles = ['admin', 'marker', 'operator', 'auditor', 'student'] as const
    const clients = await Promise.all(roles.map(async (role) => ({ role, client: await app.signIn(role) })))
    let refused = 0
    for (const [path, methods] of guarded()) {
      const url = path.replace(/\{\w+\}/g, '018f0000-0000-7000-8000-000000000000')
      for (const [method, operation] of Object.entries(methods)) {
        for (const { client } of clients.filter(({ role }) => !operation['x-roles']?.includes(role))) {
          const answer = await client.call(method.toUpperCase(), url)
          expect(answer.body, `${method} ${path}`).toMatchObject({ status: 403, code: 'role-not-allowed' })
          refused += 1
        }
      }
    }
    expect(refused).toBeGreaterThan(50)
  })

  it('refuses a state change that a browser makes from another site', async () => {
    const admin = await app.signIn('admin')
    const body = { title: 'x' }
    const foreign = await admin.post('/api/exams', { body, headers: { origin: 'https://elsewhere.test' } })
    expect(foreign.body).toMatchObject({ status: 403, code: 'foreign-origin' })
    expect((await admin.post('/api/exams', { body })).status).toBe(201)
  })

  it('names the fields of a bad request and never echoes a value or a name that the caller made up', async () => {
    const admin = await app.signIn('admin')
    const body = { title: '', zzq7_key: 'zzq7-value', requireAllScores: 'zzq7-flag' }
    const refused = await admin.post('/api/exams', { body })
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
    expect(refused.body.fields.map((field: { path: string }) => field.path)).toContain('body.title')
    expect(refused.bytes.toString()).not.toContain('zzq7')
  })

  it('a path that names nothing of the right form is refused alike to those who own and those who administer', async () => {
    for (const role of ['marker', 'admin'] as const) {
      const client = await app.signIn(role)
      for (const path of [
        '/api/copies/abc',
        '/api/copies/%00',
        '/api/exams/-1',
        '/api/copies/abc/annotations',
      ]) {
        expect((await client.get(path)).body, `${role} ${path}`).toMatchObject({
          status: 400,
          code: 'invalid-request',
        })
      }
    }
  })

  it('asking for the headers of a file is not an export', async () => {
    const admin = await app.signIn('admin')
    const path = '/api/copies/018f0000-0000-7000-8000-000000000000/marked'
    expect((await admin.call('HEAD', path)).status).toBe(405)
  })

  it('the line of a request says which copy it was about', async () => {
    const admin = await app.signIn('admin')
    const copyId = '018f0000-0000-7000-8000-000000000000'
    const { requestId } = await admin.get(`/api/copies/${copyId}`)
    expect(
      app.lines.find((line) => line['request_id'] === requestId && line.event === 'http.request'),
    ).toMatchObject({
      'http.route': '/api/copies/:copyId',
      'copy.id': copyId,
      user_id: admin.accountId,
    })
  })

  it('has no open sign-up', async () => {
    for (const path of ['/api/auth/sign-up/email', '/api/auth/ok', '/api/auth/admin/create-user']) {
      expect((await send(app.url, 'POST', path, { body: {} })).status, path).toBe(404)
    }
  })
})
