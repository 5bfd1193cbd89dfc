import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  app,
  build,
  expectProblem,
  inject,
  lines,
  MARKER,
  MINE,
  requestLines,
  routes,
  UUID,
  UUID7,
} from '../../test/support/things-frame.ts'
import { exposeMetrics } from '../observability/metrics.ts'
import { printMetrics } from '../observability/scrape.ts'

exposeMetrics('api')

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
      url: `/api/copies/${MINE}/lock`,
      headers: { cookie: 'role=broken' },
    } as const
    expectProblem(await inject(request), 500, 'internal')
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
    ['GET', `/api/copies/${MINE}/lock`, 'POST'],
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

  test('is denied with the names of the checks that fail; the process lives all the same', async () => {
    const fails = async () => {
      throw new Error(MARKER)
    }
    const unready = await build([
      { name: 'passes', isReady: async () => true },
      { name: 'fails', isReady: fails },
    ])
    const answer = await unready.inject('/readyz')
    expect([answer.statusCode, answer.headers['cache-control']]).toEqual([503, 'no-store'])
    expect(answer.json()).toEqual({ status: 'failing', checks: { passes: 'ok', fails: 'failing' } })
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
