import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { getContext } from '../observability/context.ts'
import { configureLogging, log } from '../observability/log.ts'
import { printMetrics } from '../observability/metrics.ts'
import { reveal } from '../observability/sensitive.ts'
import { AppError } from '../platform/errors.ts'
import { type Access, defineRoute, type Route, type Session } from '../platform/http-route.ts'
import type { ReadinessCheck } from './health.ts'
import { buildServer } from './server.ts'

const MARKER = 'ZoeMarqueur'
const ORIGIN = 'https://paraph.test'
const UUID = '0198f3a2-7a55-7c11-9d34-0242ac120002'
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const UPLOAD_LIMIT = 1_000

const view = z.object({ id: z.string() })
const anybody: Access = 'public'
const markers: Access = { roles: ['marker', 'admin'], ownership: 'assigned-copy' }
const sessionOf = (role: Session['role']): Session => ({ accountId: UUID, actorRef: UUID, role })

/** What can be thrown by a handler, by the name in the path. */
const THROWN: Readonly<Record<string, unknown>> = {
  foreign: new TypeError(MARKER),
  text: MARKER,
  nothing: undefined,
  null: null,
  object: { message: MARKER, statusCode: 404, code: 'not-found' },
  teapot: Object.assign(new Error(MARKER), { statusCode: 418 }),
  late: new AppError('too-many-attempts', { title: 'Wait.', retryAfterSeconds: 30 }),
  conflict: new AppError('version-conflict', { title: 'Changed meanwhile.', problem: { currentVersion: 4 } }),
  unknown: new AppError('no-such-code', { title: MARKER, problem: { name: MARKER } }),
  database: Object.assign(new Error(MARKER), { code: '57P01' }),
}

const bodySchema = z.strictObject({
  points: z.number().max(20),
  name: z.string().optional(),
  items: z.array(z.strictObject({ label: z.string() })).optional(),
  labels: z.record(z.string(), z.number()).optional(),
})

const routes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/things/:thingId',
    summary: 'One thing.',
    access: anybody,
    params: z.object({ thingId: z.string() }),
    query: z.object({ limit: z.coerce.number().int().max(10).optional() }),
    response: view,
    handle: async ({ params }) => {
      if (params.thingId === 'slow') await sleep(200)
      const more = { id: params.thingId, secret: MARKER }
      return more
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/throws/:what',
    summary: 'Throws.',
    access: anybody,
    params: z.object({ what: z.string() }),
    response: view,
    handle: async ({ params }) => {
      throw THROWN[params.what]
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/wrong-answer',
    summary: 'Answers with something else.',
    access: anybody,
    response: view,
    handle: async () => ({ id: 7, name: MARKER }) as never,
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/things/:thingId',
    summary: 'Changes a thing.',
    access: anybody,
    params: z.object({ thingId: z.uuid() }),
    body: bodySchema,
    response: z.object({ points: z.number() }),
    handle: async ({ body }) => body,
  }),
  defineRoute({
    method: 'POST',
    path: '/api/versions',
    summary: 'Needs a version.',
    access: anybody,
    needsVersion: true,
    status: 201,
    response: z.object({ version: z.number(), lockToken: z.string().nullable() }),
    handle: async ({ version, lockToken }) => ({ version, lockToken: lockToken ?? null }),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/things/:thingId',
    summary: 'Removes a thing.',
    access: anybody,
    status: 204,
    response: z.object({}),
    handle: async () => ({}),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/copies/:copyId/lock',
    summary: 'For markers.',
    access: markers,
    response: z.object({ requestId: z.string(), actor: z.unknown() }),
    statusOf: () => 202,
    handle: async ({ session }) => {
      log.grading.info('lock.taken')
      const { requestId, actor } = getContext()
      return { requestId, actor: { ...actor, sessionRole: session.role } }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/uploads',
    summary: 'Takes a file.',
    access: anybody,
    takesUpload: true,
    response: z.object({ content: z.string(), name: z.string() }),
    handle: async ({ upload }) => {
      const file = await upload()
      const content = await text(file.content)
      await file.assertComplete()
      return { content, name: reveal(file.fileName, 'seal') }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/files/:kind',
    summary: 'Gives a file.',
    access: anybody,
    params: z.object({ kind: z.string() }),
    response: { file: 'application/pdf' },
    handle: async ({ params }) => ({
      content: Readable.from([Buffer.from('%PDF-')]),
      mediaType: 'application/pdf',
      sizeBytes: 5,
      ...(params.kind === 'page' ? { immutable: true } : { attachmentName: 'copy-1.pdf' }),
    }),
  }),
]

let app: FastifyInstance
let lines: Record<string, unknown>[] = []
let written = ''
let dropped = 0

function build(readiness: readonly ReadinessCheck[] = []): Promise<FastifyInstance> {
  return buildServer({
    routes,
    rawRoutes: [
      {
        method: 'POST',
        path: '/api/auth/sign-in/email',
        summary: 'Signs in.',
        body: z.object({ email: z.string() }),
        response: view,
        handle: async (request) => {
          const headers = new Headers({ 'content-type': 'application/json', 'x-internal': MARKER })
          headers.append('set-cookie', 'a=1; HttpOnly')
          headers.append('set-cookie', 'b=2; HttpOnly')
          const seen = { url: request.url, body: await request.json(), cookie: request.headers.get('cookie') }
          return new Response(JSON.stringify(seen), { status: 201, headers })
        },
      },
    ],
    findSession: async (headers) => {
      const role = headers.get('cookie')?.replace('role=', '')
      if (role === 'broken') throw new Error(MARKER)
      return role ? sessionOf(role as Session['role']) : undefined
    },
    ownership: {
      'assigned-copy': async (session, { copyId }) => session.role !== 'marker' || copyId === 'mine',
      'exam-marker': async () => true,
    },
    origins: [ORIGIN],
    limits: { signIns: 1_000, requests: 100_000 },
    trustedProxies: [],
    readiness,
    version: '1.2.3',
    uploadLimitBytes: UPLOAD_LIMIT,
  })
}

beforeAll(async () => {
  app = await build()
})
afterAll(() => app.close())
beforeEach(() => {
  lines = []
  written = ''
  dropped = 0
  const write = (line: string) => {
    written += line
    lines.push(JSON.parse(line))
  }
  configureLogging({
    app: { write },
    audit: { write },
    now: () => new Date(0),
    onDropped: (count) => {
      dropped += count
    },
  })
})
afterEach(() => {
  // Whatever was asked, no line had to be mended and none quotes the caller.
  expect(dropped).toBe(0)
  expect(written).not.toContain(MARKER)
  configureLogging(undefined)
})

const inject = (options: InjectOptions | string) => app.inject(options)
const requestLines = () => lines.filter((line) => line['event'] === 'http.request')
const put = (payload: unknown, headers: Record<string, string> = {}) =>
  inject({
    method: 'PUT',
    url: `/api/things/${UUID}`,
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })
/** A problem document like all others, which repeats nothing that was sent. */
function expectProblem(
  answer: LightMyRequestResponse,
  status: number,
  code: string,
): Record<string, unknown> {
  const problem = answer.json()
  expect(problem).toMatchObject({ type: `/docs/errors/${code}`, title: expect.any(String), status, code })
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.headers['x-request-id']).toBe(problem.requestId)
  expect(JSON.stringify([answer.headers, answer.body])).not.toContain(MARKER)
  return problem
}

describe('the request id', () => {
  test('of the caller is on the answer, on the line and in the body of an error', async () => {
    const answer = await inject({ url: '/api/throws/foreign', headers: { 'x-request-id': 'click-0001' } })
    expect(expectProblem(answer, 500, 'internal')['requestId']).toBe('click-0001')
    expect(lines.map((line) => line['request_id'])).toEqual(['click-0001', 'click-0001'])
  })

  test.each(['short', 'a'.repeat(10_000), 'with space', 'zoé-zoé-zoé', '<script>alert(1)</script>', ''])(
    'of the caller is replaced when it is not acceptable (%#)',
    async (id) => {
      const answer = await inject({ url: '/livez', headers: { 'x-request-id': id } })
      expect(answer.headers['x-request-id']).toMatch(UUID7)
      expect(requestLines()[0]?.['request_id']).toBe(answer.headers['x-request-id'])
    },
  )

  test('is a new one for every request that names none', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => inject('/livez')))
    expect(new Set(answers.map((answer) => answer.headers['x-request-id'])).size).toBe(50)
  })

  test.each([
    '/nowhere',
    '/api/things/1',
    '/api/throws/text',
    '/readyz',
    '/api/openapi.json',
    '/api/things/%zz',
  ])('is on every answer: %s', async (url) => {
    expect((await inject(url)).headers['x-request-id']).toMatch(UUID7)
  })
})

describe('an error', () => {
  test.each([
    ['foreign', 500, 'internal'],
    ['text', 500, 'internal'],
    ['nothing', 500, 'internal'],
    ['null', 500, 'internal'],
    ['object', 500, 'internal'],
    ['teapot', 500, 'internal'],
    ['unknown', 500, 'internal'],
    ['late', 429, 'too-many-attempts'],
    ['conflict', 409, 'version-conflict'],
    ['database', 503, 'database-unavailable'],
  ])('of a handler (%s) is a problem document: %i %s', async (what, status, code) => {
    expectProblem(await inject(`/api/throws/${what}`), status, code)
  })

  test('of ours brings its state and says when to come back', async () => {
    expect((await inject('/api/throws/conflict')).json()).toMatchObject({
      currentVersion: 4,
      title: 'Changed meanwhile.',
    })
    expect((await inject('/api/throws/late')).headers['retry-after']).toBe('30')
    expect((await inject('/api/throws/database')).headers['retry-after']).toBe('5')
    expect((await inject('/api/throws/conflict')).headers['retry-after']).toBeUndefined()
  })

  test('on our side is a line of level ERROR with its stack; one of the caller is not', async () => {
    await inject('/api/throws/foreign')
    await inject('/api/throws/conflict')
    const failed = lines.filter((line) => line['event'] === 'http.failed')
    expect(failed).toEqual([
      expect.objectContaining({ level: 'ERROR', 'error.code': 'internal', 'exception.type': 'TypeError' }),
    ])
  })

  test('is what an answer becomes that is not of the contract', async () => {
    expectProblem(await inject('/api/wrong-answer'), 500, 'internal')
  })

  test('of recognising who is signed in is ours', async () => {
    const request = {
      method: 'POST',
      url: '/api/copies/mine/lock',
      headers: { cookie: 'role=broken' },
    } as const
    expectProblem(await inject(request), 500, 'internal')
  })
})

describe('a request that is not as it should be', () => {
  test.each<[string, string, string]>([
    ['JSON that does not parse', `{"points": ${MARKER}`, 'malformed-body'],
    ['JSON that would alter prototypes', `{"__proto__": {"name": "${MARKER}"}}`, 'malformed-body'],
    ['no body', '', 'malformed-body'],
    ['null', 'null', 'invalid-request'],
    ['a text', `"${MARKER}"`, 'invalid-request'],
    ['a list', `["${MARKER}"]`, 'invalid-request'],
  ])('(%s) is refused without being repeated', async (_title, payload, code) => {
    expectProblem(await put(payload), 400, code)
  })

  test.each<[string, unknown, { path: string; problem: string }[]]>([
    ['a wrong type', { points: MARKER }, [{ path: 'body.points', problem: 'invalid-type' }]],
    ['too large a value', { points: 21 }, [{ path: 'body.points', problem: 'too-big' }]],
    ['an unknown key', { points: 1, [MARKER]: MARKER }, [{ path: 'body', problem: 'unrecognized-keys' }]],
    [
      'an unknown key deep inside',
      { points: 1, items: [{ label: 'a' }, { label: 'b', [MARKER]: 1 }] },
      [{ path: 'body.items.1', problem: 'unrecognized-keys' }],
    ],
    [
      'a wrong value under a key of the caller',
      { points: 1, labels: { [MARKER]: MARKER } },
      [{ path: 'body.labels', problem: 'invalid-type' }],
    ],
    ['a missing field', {}, [{ path: 'body.points', problem: 'invalid-type' }]],
  ])('(%s) is told by the path of the field, never by its value', async (_title, payload, fields) => {
    expect(expectProblem(await put(payload), 400, 'invalid-request')['fields']).toEqual(fields)
  })

  test('is told by path in its address and its query too', async () => {
    const inPath = await inject({ method: 'PUT', url: `/api/things/${MARKER}`, payload: { points: 1 } })
    expect(expectProblem(inPath, 400, 'invalid-request')['fields']).toEqual([
      { path: 'params.thingId', problem: 'invalid-format' },
    ])
    const inQuery = await inject(`/api/things/1?limit=${MARKER}`)
    expect(expectProblem(inQuery, 400, 'invalid-request')['fields']).toEqual([
      { path: 'query.limit', problem: 'invalid-type' },
    ])
  })

  test('lists fifty fields at most', async () => {
    const items = Array.from({ length: 80 }, () => ({ label: 1 }))
    expect(expectProblem(await put({ points: 1, items }), 400, 'invalid-request')['fields']).toHaveLength(50)
  })

  test.each(['application/xml', 'application/x-www-form-urlencoded', MARKER])(
    '(of the type %s) is refused',
    async (type) => {
      expectProblem(await put('x', { 'content-type': type }), 415, 'unsupported-media-type')
    },
  )

  test('is refused beyond a mebibyte', async () => {
    expectProblem(await put({ name: 'x'.repeat(1024 * 1024) }), 413, 'too-large')
    expect((await put({ points: 1, name: 'x'.repeat(1_000_000) })).statusCode).toBe(200)
  })

  test('is refused when its length is not the one it declares', async () => {
    expectProblem(await put('{"points":1}', { 'content-length': '5' }), 400, 'malformed-body')
  })

  test.each([`/api/things/%zz${MARKER}`, `/%${MARKER}`])(
    'has an address that does not decode (%#)',
    async (url) => {
      expectProblem(await inject(url), 400, 'malformed-request')
      expect(requestLines()).toEqual([
        expect.objectContaining({
          'http.route': '*',
          'http.response.status_code': 400,
          'http.request.method': 'GET',
        }),
      ])
    },
  )

  test('has an id so long that it names nothing', async () => {
    expectProblem(await inject(`/api/things/${MARKER.repeat(40)}`), 404, 'not-found')
    expect(requestLines()).toHaveLength(1)
  })
})

describe('what is not there', () => {
  test.each([
    ['GET', `/${MARKER}`],
    ['GET', `/api/things/1/${MARKER}`],
    ['GET', '//evil.example.org/api/things/1'],
  ])('%s %s is not found', async (method, url) => {
    expectProblem(await inject({ method: method as 'GET', url }), 404, 'not-found')
    expect(requestLines()[0]?.['http.route']).toBe('*')
  })

  test.each([
    ['POST', '/api/things/1', 'DELETE, GET, HEAD, PUT'],
    ['OPTIONS', '/api/things/1?limit=3', 'DELETE, GET, HEAD, PUT'],
    ['PROPFIND', `/api/things/${MARKER}`, 'DELETE, GET, HEAD, PUT'],
    ['GET', '/api/copies/mine/lock', 'POST'],
    ['GET', '/api/auth/sign-in/email', 'POST'],
    ['DELETE', '/livez', 'GET, HEAD'],
    ['TRACE', '/api/openapi.json', 'GET, HEAD'],
  ])('%s %s cannot be done there, and the answer says what can: %s', async (method, url, allow) => {
    const answer = await inject({ method: method as 'GET', url })
    expectProblem(answer, 405, 'method-not-allowed')
    expect(answer.headers['allow']).toBe(allow)
    expect(requestLines()[0]?.['http.route']).toBe('*')
  })

  test('a method that nobody knows is a line of its own kind, and no series of its own', async () => {
    for (const method of ['PROPFIND', 'PURGE', 'MKCOL'])
      await inject({ method: method as 'GET', url: '/api/things/1' })
    expect(requestLines().map((line) => line['http.request.method'])).toEqual(['_OTHER', '_OTHER', '_OTHER'])
    expect(await printMetrics()).not.toMatch(/PROPFIND|PURGE|MKCOL/)
  })

  test('a method that must say a type and does not is the fault of the caller', async () => {
    expectProblem(await inject({ method: 'QUERY' as 'GET', url: '/api/things/1' }), 400, 'invalid-request')
  })
})

describe('an answer', () => {
  test('holds the members that the contract names and no other', async () => {
    const answer = await inject('/api/things/7')
    expect([answer.statusCode, answer.json(), answer.headers['cache-control']]).toEqual([
      200,
      { id: '7' },
      'no-store',
    ])
  })

  test('to HEAD is that of GET without a body', async () => {
    const answer = await inject({ method: 'HEAD', url: '/api/things/7' })
    expect([answer.statusCode, answer.body, answer.headers['content-length']]).toEqual([200, '', '10'])
    expect(requestLines()).toEqual([
      expect.objectContaining({ 'http.request.method': 'HEAD', 'http.route': '/api/things/:thingId' }),
    ])
  })

  test('without content has none', async () => {
    const answer = await inject({ method: 'DELETE', url: '/api/things/7' })
    expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([204, '', undefined])
  })

  test('that is a file is not sniffed, not stored, and saved under an opaque name', async () => {
    const answer = await inject('/api/files/copy')
    expect([answer.statusCode, answer.body]).toEqual([200, '%PDF-'])
    expect(answer.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': '5',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-disposition': 'attachment; filename="copy-1.pdf"',
      'content-security-policy': "sandbox;default-src 'none';frame-ancestors 'none'",
    })
  })

  test('whose address names its content for ever may be kept by the browser alone', async () => {
    expect((await inject('/api/files/page')).headers['cache-control']).toBe(
      'private, max-age=31536000, immutable',
    )
  })
})

describe('a route for some roles', () => {
  const lock = (copyId: string, cookie?: string) =>
    inject({ method: 'POST', url: `/api/copies/${copyId}/lock`, headers: cookie ? { cookie } : {} })

  test('asks who is there', async () => {
    expectProblem(await lock('mine'), 401, 'no-session')
  })

  test.each(['operator', 'auditor', 'student'])('refuses the role %s', async (role) => {
    expectProblem(await lock('mine', `role=${role}`), 403, 'role-not-allowed')
  })

  test("refuses a marker another's copy, and not an administrator", async () => {
    expectProblem(await lock('theirs', 'role=marker'), 403, 'not-assigned')
    expect((await lock('theirs', 'role=admin')).statusCode).toBe(202)
  })

  test('runs in the context of the request and of its actor', async () => {
    const answer = await lock('mine', 'role=marker')
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({
      requestId: answer.headers['x-request-id'],
      actor: { kind: 'user', id: UUID, ref: UUID, role: 'marker', sessionRole: 'marker' },
    })
    expect(lines.map((line) => [line['event'], line['user_id']])).toEqual([
      ['lock.taken', UUID],
      ['http.request', UUID],
    ])
  })

  test('checks who is there before it looks at what was sent', async () => {
    const answer = await inject({
      method: 'POST',
      url: '/api/copies/mine/lock',
      headers: { origin: ORIGIN },
      payload: {},
    })
    expectProblem(answer, 401, 'no-session')
  })

  test('of a thousand requests at once gives each its own id', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `request-${index}`)
    const answers = await Promise.all(
      ids.map((id) =>
        inject({
          method: 'POST',
          url: '/api/copies/mine/lock',
          headers: { cookie: 'role=marker', 'x-request-id': id },
        }),
      ),
    )
    expect(answers.map((answer) => answer.json().requestId)).toEqual(ids)
    expect(new Set(requestLines().map((line) => line['request_id']))).toEqual(new Set(ids))
    expect(requestLines()).toHaveLength(1_000)
  })
})

describe('a change', () => {
  const from = (headers: Record<string, string>, method: 'PUT' | 'DELETE' = 'DELETE') =>
    inject({ method, url: `/api/things/${UUID}`, headers })

  test.each<Record<string, string>>([
    { origin: 'https://evil.example.org' },
    { origin: 'null' },
    { origin: '' },
    { origin: `${ORIGIN}.evil.example.org` },
    { origin: 'http://paraph.test' },
    { origin: `${ORIGIN}:8443` },
    { 'sec-fetch-site': 'cross-site' },
    { origin: ORIGIN, 'sec-fetch-site': 'cross-site' },
  ])('that a browser sends from another site is refused: %o', async (headers) => {
    expectProblem(await from(headers), 403, 'foreign-origin')
  })

  test.each<Record<string, string>>([
    {},
    { origin: ORIGIN },
    { origin: ORIGIN, 'sec-fetch-site': 'same-origin' },
  ])('from our own pages, or from a program, is taken: %o', async (headers) => {
    expect((await from(headers)).statusCode).toBe(204)
  })

  test('of the account library is guarded likewise, while reading is open to links from anywhere', async () => {
    const request = {
      method: 'POST',
      url: '/api/auth/sign-in/email',
      headers: { origin: 'https://evil.example.org' },
      payload: {},
    }
    expectProblem(await inject(request as InjectOptions), 403, 'foreign-origin')
    const link = {
      url: '/api/things/1',
      headers: { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' },
    }
    expect((await inject(link)).statusCode).toBe(200)
  })

  test.each([undefined, '', '*', MARKER, '"1", "2"', '-1', '"12345678901"', '1.5'])(
    'that must name its version and says %s is refused',
    async (version) => {
      const headers = version === undefined ? {} : { 'if-match': version }
      expectProblem(await inject({ method: 'POST', url: '/api/versions', headers }), 428, 'version-required')
    },
  )

  test.each([
    ['"3"', 3],
    ['W/"3"', 3],
    ['3', 3],
    ['"0"', 0],
  ])('names its version as %s', async (header, version) => {
    const headers = { 'if-match': header, 'x-lock-token': 'token' }
    const answer = await inject({ method: 'POST', url: '/api/versions', headers })
    expect([answer.statusCode, answer.json()]).toEqual([201, { version, lockToken: 'token' }])
  })

  test('with a lock token of unreasonable length has none', async () => {
    const headers = { 'if-match': '1', 'x-lock-token': MARKER.repeat(10) }
    expect((await inject({ method: 'POST', url: '/api/versions', headers })).json().lockToken).toBeNull()
  })
})

describe('an upload', () => {
  const BOUNDARY = 'b'
  const part = (content: string, disposition = `name="file"; filename="${MARKER}.pdf"`) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: application/pdf\r\n\r\n${content}\r\n`
  const end = `--${BOUNDARY}--\r\n`
  const upload = (payload: string, type = `multipart/form-data; boundary=${BOUNDARY}`) =>
    inject({ method: 'POST', url: '/api/uploads', headers: { 'content-type': type }, payload })

  test('is a stream with its name, which no log line holds', async () => {
    const answer = await upload(part('content') + end)
    expect([answer.statusCode, answer.json()]).toEqual([200, { content: 'content', name: `${MARKER}.pdf` }])
  })

  test('up to the limit is whole, and one byte more is too large', async () => {
    expect((await upload(part('x'.repeat(UPLOAD_LIMIT - 1)) + end)).statusCode).toBe(200)
    expectProblem(await upload(part('x'.repeat(UPLOAD_LIMIT + 1)) + end), 413, 'too-large')
  })

  test.each<[string, string, string?]>([
    ['nothing', ''],
    ['no part', end],
    ['a field instead of a file', part(MARKER, 'name="file"') + end],
    ['a field before the file', part(MARKER, 'name="a"') + part('content') + end],
    ['a forbidden name', part('content', `name="__proto__"; filename="${MARKER}"`) + end],
    ['an end that is missing', part('content')],
    ['a part cut short', part('content').slice(0, -4)],
    ['no boundary', part('content') + end, 'multipart/form-data'],
    ['JSON', `{"name":"${MARKER}"}`, 'application/json'],
  ])('that holds %s is refused', async (_title, payload, type) => {
    expectProblem(
      await upload(payload, type),
      400,
      _title === 'JSON' ? 'malformed-upload' : 'malformed-upload',
    )
  })

  test('to a route that takes none is refused by its shape', async () => {
    const type = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    expectProblem(await put(part('content') + end, type), 400, 'invalid-request')
  })
})

describe('the account library', () => {
  test('is handed the request and gives its status, its cookies and its body, and no other header', async () => {
    const answer = await inject({
      method: 'POST',
      url: '/api/auth/sign-in/email?callback=1',
      headers: { origin: ORIGIN, cookie: 'x=1' },
      payload: { email: 'somebody' },
    })
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({
      url: `${ORIGIN}/api/auth/sign-in/email?callback=1`,
      body: { email: 'somebody' },
      cookie: 'x=1',
    })
    expect(answer.headers['set-cookie']).toEqual(['a=1; HttpOnly', 'b=2; HttpOnly'])
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(JSON.stringify(answer.headers)).not.toContain(MARKER)
    expect(requestLines()[0]?.['http.route']).toBe('/api/auth/sign-in/email')
  })
})

describe('each request', () => {
  test('is one line, with the template of its route and nothing of its address', async () => {
    await inject(`/api/things/${MARKER}?limit=3&name=${MARKER}`)
    expect(lines).toEqual([
      {
        time: '1970-01-01T00:00:00.000Z',
        level: 'INFO',
        severity_number: 9,
        logger: 'http',
        event: 'http.request',
        request_id: expect.stringMatching(UUID7),
        user_id: 'system',
        'http.request.method': 'GET',
        'http.route': '/api/things/:thingId',
        'http.response.status_code': 200,
        duration_ms: expect.any(Number),
      },
    ])
  })

  test('is counted by template, so that a thousand addresses make no series', async () => {
    await inject('/api/things/1')
    await inject('/nowhere')
    const seriesOf = async () =>
      (await printMetrics()).split('\n').filter((line) => line.startsWith('http_')).length
    const before = await seriesOf()
    for (let index = 0; index < 500; index += 1) {
      await inject(`/api/things/${index}-${MARKER}`)
      await inject(`/${MARKER}/${index}`)
    }
    expect(await seriesOf()).toBe(before)
    const metrics = await printMetrics()
    expect(metrics).not.toContain(MARKER)
    expect(metrics).toMatch(
      /http_requests_total\{method="GET",path="\/api\/things\/:thingId",status="200"\} \d{3}/,
    )
    expect(metrics).toMatch(/http_request_duration_seconds_count\{.*path="\*".*\} \d{3}/)
  })
})

describe('over a connection', () => {
  let port: number
  beforeAll(async () => {
    port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  })

  /** Sends bytes, waits a little or until the end, and gives what came back. */
  async function say(bytes: string, patienceMs: number): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk
    })
    await once(socket, 'connect')
    socket.write(bytes)
    await Promise.race([once(socket, 'close'), sleep(patienceMs)])
    socket.destroy()
    return heard
  }
  const untilLine = () => expect.poll(() => requestLines().length, { timeout: 3_000 }).toBe(1)

  test.each([
    [`${MARKER} ${MARKER}\r\n\r\n`, 400, 'malformed-request'],
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Name: ${MARKER.repeat(2_000)}\r\n\r\n`, 431, 'headers-too-large'],
    [`GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400, 'malformed-request'],
  ])(
    'what cannot be read is answered with a problem and a request id, and is a line (%#)',
    async (bytes, status, code) => {
      const heard = await say(bytes, 3_000)
      expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(heard).toContain('application/problem+json')
      expect(heard).not.toContain(MARKER)
      const problem = JSON.parse(heard.slice(heard.indexOf('\r\n\r\n')))
      expect(problem).toMatchObject({ status, code, type: `/docs/errors/${code}` })
      expect(heard).toContain(`X-Request-ID: ${problem.requestId}\r\n`)
      await untilLine()
      expect(requestLines()[0]).toMatchObject({
        request_id: problem.requestId,
        'http.response.status_code': status,
      })
    },
  )

  test('a caller who leaves before the answer is one line all the same, and no fault of ours', async () => {
    await say('GET /api/things/slow HTTP/1.1\r\nHost: x\r\n\r\n', 50)
    await untilLine()
    await sleep(300)
    expect(lines).toEqual([
      expect.objectContaining({ 'http.route': '/api/things/:thingId', 'http.response.status_code': 499 }),
    ])
  })

  test.each([
    [
      'a body',
      `PUT /api/things/${UUID} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"poi`,
    ],
    [
      'an upload',
      `POST /api/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 900\r\n\r\n--b\r\n` +
        `Content-Disposition: form-data; name="file"; filename="${MARKER}"\r\n\r\nhalf`,
    ],
  ])('a caller who leaves in the middle of %s is one line, and no fault of ours', async (_title, bytes) => {
    await say(bytes, 50)
    await untilLine()
    await sleep(100)
    expect(lines).toEqual([
      expect.objectContaining({ event: 'http.request', 'http.response.status_code': 499 }),
    ])
  })
})

describe('health', () => {
  test('of the process is that it answers', async () => {
    const answer = await inject('/livez')
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok' }])
  })

  test('for work is that every check passes', async () => {
    const ready = await build([{ name: 'database', isReady: async () => true }])
    const answer = await ready.inject('/readyz')
    expect([answer.statusCode, answer.json()]).toEqual([200, { status: 'ok', checks: { database: 'ok' } }])
    await ready.close()
  })

  test('names the checks that fail, throw or hang, in time, and says nothing of why', async () => {
    const checks: Readonly<Record<string, () => Promise<boolean>>> = {
      passes: async () => true,
      fails: async () => false,
      lies: async () => MARKER as never,
      throws: async () => {
        throw new Error(MARKER)
      },
      'throws at once': () => {
        throw new Error(MARKER)
      },
      hangs: () => new Promise(() => undefined),
    }
    const unready = await build(Object.entries(checks).map(([name, isReady]) => ({ name, isReady })))
    const started = performance.now()
    const answer = await unready.inject('/readyz')
    expect(performance.now() - started).toBeLessThan(4_000)
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json()).toEqual({
      status: 'failing',
      checks: {
        passes: 'ok',
        fails: 'failing',
        lies: 'failing',
        throws: 'failing',
        'throws at once': 'failing',
        hangs: 'failing',
      },
    })
    expect((await unready.inject('/livez')).statusCode).toBe(200)
    await unready.close()
  })
})

describe('the OpenAPI document', () => {
  test('is valid and served', async () => {
    const document = (await inject('/api/openapi.json')).json()
    const result = await new Validator().validate(document)
    expect(result).toMatchObject({ valid: true })
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Paraph', version: '1.2.3' } })
  })

  test('names every route with its parameters, body, version, file, roles and problem', async () => {
    const { paths } = (await inject('/api/openapi.json')).json()
    expect(Object.keys(paths)).toEqual([
      '/api/things/{thingId}',
      '/api/throws/{what}',
      '/api/wrong-answer',
      '/api/versions',
      '/api/copies/{copyId}/lock',
      '/api/uploads',
      '/api/files/{kind}',
      '/api/auth/sign-in/email',
    ])
    expect(paths['/api/things/{thingId}'].get).toMatchObject({
      operationId: 'getApiThingsThingId',
      parameters: [
        { name: 'thingId', in: 'path', required: true },
        { name: 'limit', in: 'query', required: false },
      ],
      responses: {
        200: { content: { 'application/json': {} } },
        default: { content: { 'application/problem+json': {} } },
      },
    })
    expect(
      paths['/api/things/{thingId}'].put.requestBody.content['application/json'].schema.required,
    ).toEqual(['points'])
    expect(paths['/api/things/{thingId}'].delete.responses[204]).toEqual({ description: 'Done; no content.' })
    expect(paths['/api/versions'].post.parameters).toEqual([
      expect.objectContaining({ name: 'If-Match', required: true }),
    ])
    expect(paths['/api/uploads'].post.requestBody.content).toHaveProperty(['multipart/form-data'])
    expect(paths['/api/files/{kind}'].get.responses[200].content).toHaveProperty(['application/pdf'])
    expect(paths['/api/copies/{copyId}/lock'].post).toMatchObject({
      security: [{ session: [] }],
      'x-roles': ['marker', 'admin'],
      'x-ownership': 'assigned-copy',
    })
    expect(paths['/api/uploads'].post).not.toHaveProperty('security')
    expect(paths['/api/auth/sign-in/email'].post.requestBody.content).toHaveProperty(['application/json'])
  })

  test('gives every operation an id of its own', async () => {
    const { paths } = (await inject('/api/openapi.json')).json()
    const ids = Object.values(paths as Record<string, Record<string, { operationId: string }>>).flatMap(
      (path) => Object.values(path).map((operation) => operation.operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toHaveLength(routes.length + 1)
  })
})
