import type { InjectOptions } from 'fastify'
import { describe, expect, test } from 'vitest'
import {
  expectProblem,
  inject,
  lines,
  MARKER,
  MINE,
  ORIGIN,
  put,
  requestLines,
  UPLOAD_LIMIT,
  UUID,
} from '../../test/support/things-frame.ts'

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

describe('a route for some roles', () => {
  const lock = (copyId: string, cookie?: string) =>
    inject({ method: 'POST', url: `/api/copies/${copyId}/lock`, headers: cookie ? { cookie } : {} })

  test('asks who is there', async () => {
    expectProblem(await lock(MINE), 401, 'no-session')
  })

  test.each(['operator', 'auditor', 'student'])('refuses the role %s', async (role) => {
    expectProblem(await lock(MINE, `role=${role}`), 403, 'role-not-allowed')
  })

  test("refuses a marker another's copy, and not an administrator", async () => {
    expectProblem(await lock(UUID, 'role=marker'), 403, 'not-assigned')
    expect((await lock(UUID, 'role=admin')).statusCode).toBe(202)
  })

  test('knows a copy by its id in capitals too, and refuses what is no id', async () => {
    expect((await lock(MINE.toUpperCase(), 'role=marker')).statusCode).toBe(202)
    expectProblem(await lock(MARKER, 'role=marker'), 400, 'invalid-request')
  })

  test('runs in the context of the request, of its actor and of its copy', async () => {
    const answer = await lock(MINE, 'role=marker')
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({
      requestId: answer.headers['x-request-id'],
      actor: { kind: 'user', id: UUID, ref: UUID, role: 'marker', sessionRole: 'marker' },
    })
    expect(lines.map((line) => [line['event'], line['user_id'], line['copy.id']])).toEqual([
      ['lock.taken', UUID, MINE],
      ['http.request', UUID, MINE],
    ])
  })

  test('checks who is there before it looks at what was sent', async () => {
    const answer = await inject({
      method: 'POST',
      url: `/api/copies/${MINE}/lock`,
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
          url: `/api/copies/${MINE}/lock`,
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
