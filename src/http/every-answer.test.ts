import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildFrame } from '../../test/support/frame.ts'
import { configureLogging } from '../observability/log.ts'

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const MINE = 'click-0001'
const HOST = 'Host: x\r\n'
const ID = `X-Request-ID: ${MINE}\r\n`
const JSON_OF = (length: number) => `Content-Type: application/json\r\nContent-Length: ${length}\r\n`
const CHUNKED = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'
const FORM_IN_CHUNKS = CHUNKED.replace('application/json', 'multipart/form-data; boundary=b')

describe('an answer over a connection', () => {
  let app: FastifyInstance
  let port: number
  let lines: Record<string, unknown>[] = []
  const requestLines = () => lines.filter((line) => line['event'] === 'http.request')

  beforeAll(async () => {
    app = await buildFrame({
      arrivalLimits: { requestMs: 200, uploadMs: 1_000 },
      readiness: [{ name: 'database', isReady: async () => false }],
    })
    app.server.headersTimeout = 200
    port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
  })
  afterAll(async () => {
    await app.close()
    configureLogging(undefined)
  })
  beforeEach(() => {
    lines = []
    const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
    configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
  })

  /** Sends the parts one after the other and hears until an answer has come whole and its line is written. */
  async function say(...parts: readonly string[]): Promise<Answer> {
    const socket = connect(port, '127.0.0.1')
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk
    })
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    for (const part of parts) {
      socket.write(part, 'latin1')
      await sleep(30)
    }
    await expect.poll(() => requestLines().length, { timeout: 10_000 }).toBeGreaterThan(0)
    await expect.poll(() => heard, { timeout: 1_000 }).toContain('\r\n\r\n')
    // A second line, if there were one, would come with the end of the connection.
    socket.destroy()
    await sleep(50)
    return read(heard)
  }

  it.each<[string, number, string, readonly string[]]>([
    ['that names no host', 400, 'malformed-request', [`GET /api/open/x HTTP/1.1\r\n${ID}\r\n`]],
    [
      'that expects a wonder',
      417,
      'expectation-failed',
      [`PUT /api/open/x HTTP/1.1\r\n${HOST}${ID}Expect: a-wonder\r\n${JSON_OF(12)}\r\n`],
    ],
    ['that does not decode', 400, 'malformed-request', [`GET /api/open/%zz HTTP/1.1\r\n${HOST}${ID}\r\n`]],
    [
      'whose body is no JSON',
      400,
      'malformed-body',
      [`PUT /api/open/x HTTP/1.1\r\n${HOST}${ID}${JSON_OF(2)}\r\n[{`],
    ],
    [
      'whose chunks are none',
      400,
      'malformed-body',
      [`PUT /api/open/x HTTP/1.1\r\n${HOST}${ID}${CHUNKED}\r\n3\r\n{"p\r\n`, 'zz\r\n'],
    ],
    [
      'that has its answer when its chunks turn out to be none',
      401,
      'no-session',
      [`POST /api/uploads HTTP/1.1\r\n${HOST}${ID}${FORM_IN_CHUNKS}\r\n3\r\nabc\r\n`, 'zz\r\n'],
    ],
    [
      'that does not decode, and its chunks neither',
      400,
      'malformed-request',
      [`PUT /api/open/%zz HTTP/1.1\r\n${HOST}${ID}${CHUNKED}\r\n3\r\nabc\r\n`, 'zz\r\n'],
    ],
    ['for nothing', 404, 'not-found', [`GET /nowhere HTTP/1.1\r\n${HOST}${ID}\r\n`]],
    ['of a wrong method', 405, 'method-not-allowed', [`DELETE /livez HTTP/1.1\r\n${HOST}${ID}\r\n`]],
    [
      'that does not arrive',
      408,
      'request-timeout',
      [`PUT /api/open/x HTTP/1.1\r\n${HOST}${ID}${JSON_OF(12)}\r\n{`],
    ],
    [
      'that is too large',
      413,
      'too-large',
      [`PUT /api/open/x HTTP/1.1\r\n${HOST}${ID}${JSON_OF(2 ** 21)}\r\n{`],
    ],
    [
      'whose path is too long',
      404,
      'not-found',
      [`GET /api/open/${'x'.repeat(300)} HTTP/1.1\r\n${HOST}${ID}\r\n`],
    ],
  ])(
    'to a request %s (%i) has the request id of the caller, and is one line',
    async (_title, status, code, parts) => {
      const answer = await say(...parts)
      expect(answer).toMatchObject({ status, requestId: MINE, body: { status, code, requestId: MINE } })
      expect(requestLines()).toEqual([
        expect.objectContaining({ request_id: MINE, 'http.response.status_code': status }),
      ])
    },
  )

  it.each<[string, number, string, readonly string[]]>([
    ['no HTTP', 400, 'malformed-request', ['what is this\r\n\r\n']],
    ['HTTP of another age', 400, 'malformed-request', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']],
    ['a method that Node does not know', 400, 'malformed-request', [`FETCH / HTTP/1.1\r\n${HOST}\r\n`]],
    ['a wish for a tunnel', 400, 'malformed-request', [`CONNECT a:1 HTTP/1.1\r\n${HOST}\r\n`]],
    ['headers that never end', 408, 'request-timeout', [`GET / HTTP/1.1\r\n${HOST}X-`]],
    [
      'headers too large',
      431,
      'headers-too-large',
      [`GET / HTTP/1.1\r\nX-Name: ${'x'.repeat(20_000)}\r\n\r\n`],
    ],
  ])('to %s (%i) has a request id of its own, and is one line', async (_title, status, code, parts) => {
    const { requestId, ...answer } = await say(...parts)
    expect(requestId).toMatch(UUID7)
    expect(answer).toMatchObject({ status, body: { status, code, requestId } })
    expect(requestLines()).toEqual([
      expect.objectContaining({ request_id: requestId, 'http.response.status_code': status }),
    ])
  })

  it('of a check that fails (503) has the request id too, and is one line', async () => {
    const answer = await say(`GET /readyz HTTP/1.1\r\n${HOST}${ID}\r\n`)
    expect(answer).toMatchObject({ status: 503, requestId: MINE })
    expect(requestLines()).toHaveLength(1)
  })

  it('to a request is not spoiled by rubbish behind it, which is answered after it', async () => {
    await say(`GET /api/open/slow HTTP/1.1\r\n${HOST}${ID}\r\n`, 'rubbish\r\n\r\n')
    await expect.poll(() => requestLines().length).toBe(2)
    expect(
      requestLines().map((line) => [line['request_id'] === MINE, line['http.response.status_code']]),
    ).toEqual([
      [true, 200],
      [false, 400],
    ])
  })

  it.each([
    ['HTTP/1.0, which knows no hosts', `GET /api/open/x HTTP/1.0\r\n${ID}\r\n`],
    [
      'an expectation that can be met',
      `PUT /api/open/x HTTP/1.1\r\n${HOST}${ID}Expect: 100-continue\r\n${JSON_OF(12)}\r\n{"points":1}`,
    ],
  ])('to %s is as usual', async (_title, request) => {
    await say(request)
    expect(requestLines()).toEqual([
      expect.objectContaining({ request_id: MINE, 'http.response.status_code': 200 }),
    ])
  })

  it.each([
    ['of ten kilobytes', 'a'.repeat(10_000)],
    ['too short', 'abc'],
    ['empty', ''],
    ['with a space', 'abcd efgh'],
    ['with quotes', '"abcdefgh"'],
    ['with letters beyond ASCII', 'zo\u00e9-zo\u00e9-zo\u00e9'],
    ['over two lines', 'abcdefgh\r\n ijklmnop'],
    ['given twice', 'abcdefgh\r\nX-Request-ID: ijklmnop'],
    ['given twice alike', 'abcdefgh\r\nX-Request-ID: abcdefgh'],
  ])('never repeats an odd request id (%s): there is a new one', async (_title, id) => {
    const { requestId } = await say(`GET /livez HTTP/1.1\r\n${HOST}X-Request-ID: ${id}\r\n\r\n`)
    expect(requestId).toMatch(UUID7)
    expect(requestLines()).toEqual([expect.objectContaining({ request_id: requestId })])
  })
})

type Answer = { readonly status: number; readonly requestId: string; readonly body: unknown }

/** The last answer that was heard; 100 Continue is none. */
function read(heard: string): Answer {
  const [head = '', body = ''] = heard.split('\r\n\r\n').slice(-2)
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/m.exec(head)?.[1]),
    requestId: /^x-request-id: (.*)$/im.exec(head)?.[1] ?? '',
    body: JSON.parse(body),
  }
}
