import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { runInContext } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import { errorCodeOf } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import { MEBIBYTE, SECOND } from '../platform/units.ts'
import type { Cosign } from './cosign.ts'
import { countWitnessAnswer } from './witness-metrics.ts'
import type { WitnessState } from './witness-state.ts'

/** What the server of a witness shows and does. */
export type WitnessRoom = {
  readonly vkey: string
  readonly state: Pick<WitnessState, 'noteAt'>
  readonly cosign: Cosign
}
export type WitnessServer = { readonly port: number; close(): Promise<void> }

type Answer = { readonly status: number; readonly body: string; readonly contentType?: string }

const TEXT = 'text/plain; charset=utf-8'
/** A proof of 63 hashes and a note with many signatures are far below. */
const BODY_LIMIT = 1 * MEBIBYTE
/** For the headers, and for the whole of a request: whoever takes longer is cut off with 408. */
const ARRIVE_WITHIN_MS = 10 * SECOND
/** Logs ask again and again, over one connection if they can; it outlives the waits of common proxies. */
const KEEP_ALIVE_MS = 72 * SECOND
const MOST_CONNECTIONS = 256
const CLOSE_WITHIN_MS = 2 * SECOND

/**
 * Serves C2SP tlog-witness: `POST /add-checkpoint`, `GET /<SHA-256 of an origin>/checkpoint`, and `GET /vkey`. Nobody
 * who asks needs to be known: what counts is the signature of the log. Throws the system's error when the port is taken.
 */
export async function startWitnessServer(
  room: WitnessRoom,
  options: { host: string; port: number; arriveWithinMs?: number },
): Promise<WitnessServer> {
  const { host, port, arriveWithinMs = ARRIVE_WITHIN_MS } = options
  const server = createServer(
    {
      headersTimeout: arriveWithinMs,
      requestTimeout: arriveWithinMs,
      connectionsCheckingInterval: Math.min(1 * SECOND, arriveWithinMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      const requestId = newId()
      response.setHeader('x-request-id', requestId)
      void runInContext({ requestId, actor: { kind: 'system' } }, () => serve(room, request, response))
    },
  )
  server.maxConnections = MOST_CONNECTIONS
  await listen(server, { host, port })
  const address = server.address()
  return {
    port: address && typeof address === 'object' ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // Idle connections are closed by that; what has arrived by then is answered.
        setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS).unref()
      }),
  }
}

function listen(server: Server, options: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Never throws: whatever goes wrong is an answer and a line of the log. */
async function serve(room: WitnessRoom, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? ''
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return refuseMethod(response, 'POST')
    const answer = await addCheckpoint(room, request)
    // Without one, whoever asked has gone.
    if (answer === undefined) return
    countWitnessAnswer(answer.status)
    return send(response, answer)
  }
  const body = path === '/vkey' ? `${room.vkey}\n` : room.state.noteAt(path.slice(1))
  if (body === undefined) return send(response, { status: 404, body: 'not found\n' })
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(response, 'GET, HEAD')
  send(response, { status: 200, body })
}

async function addCheckpoint({ cosign }: WitnessRoom, request: IncomingMessage): Promise<Answer | undefined> {
  let body: Buffer | undefined
  try {
    body = await readBody(request)
  } catch {
    // It broke off, or took too long; Node has answered what there is to answer.
    return undefined
  }
  if (body === undefined) return { status: 413, body: 'the request is too large\n' }
  try {
    return await cosign(body)
  } catch (error) {
    log.audit.error('witness.failed', {}, error)
    const status = errorCodeOf(error) === 'storage-full' ? 503 : 500
    return { status, body: 'the witness cannot keep what it would cosign\n' }
  }
}

/** Undefined for one that is too large; what is left of it is not kept. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return undefined
  const chunks: Buffer[] = []
  let size = 0
  // The answer needs the connection: leaving the loop must not end it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > BODY_LIMIT) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function refuseMethod(response: ServerResponse, allow: string): void {
  response.setHeader('allow', allow)
  send(response, { status: 405, body: 'method not allowed\n' })
}

/** Of a `HEAD` Node leaves out the text by itself. */
function send(response: ServerResponse, { status, body, contentType = TEXT }: Answer): void {
  response
    .writeHead(status, {
      'content-type': contentType,
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(body),
    })
    .end(body)
}
