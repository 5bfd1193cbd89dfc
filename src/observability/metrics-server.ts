import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { registry } from './metrics.ts'
import { httpStatusOf, type Readiness } from './readiness.ts'
import { printMetrics } from './scrape.ts'

type Answer = { readonly status: number; readonly text: string; readonly headers?: Record<string, string> }

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json'

/**
 * Serves `/metrics`, `/livez` and `/readyz` of this process on a port of its own. `/metrics` is 200 whatever fails
 * behind it, or 401 without the bearer token when there is one; the probes tell closed words only and need none.
 * Throws the system's error when the port is taken.
 */
export async function startMetricsServer(options: {
  host: string
  port: number
  token?: string | undefined
  readiness: Readiness
}): Promise<{
  port: number
  close(): Promise<void>
}> {
  const server = createServer((request, response) => {
    void answer(request, options).then((given) => send(response, given))
  })
  await listen(server, options)
  const address = server.address()
  return {
    port: address && typeof address === 'object' ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  request: IncomingMessage,
  { token, readiness }: { token?: string | undefined; readiness: Readiness },
): Promise<Answer> {
  const path = request.url ?? ''
  if (!PATHS.has(path)) return { status: 404, text: 'not found\n' }
  if (request.method !== 'GET' && request.method !== 'HEAD') return NOT_ALLOWED
  if (path === '/livez') return toJson(200, { status: 'ok' })
  if (path === '/metrics') return isKnown(request, token) ? scrape() : WHO_ARE_YOU
  const report = await readiness.ask()
  return toJson(httpStatusOf(report), report)
}

const PATHS: ReadonlySet<string> = new Set(['/metrics', '/livez', '/readyz'])
const NOT_ALLOWED: Answer = { status: 405, text: 'method not allowed\n', headers: { allow: 'GET, HEAD' } }
const WHO_ARE_YOU: Answer = { status: 401, text: 'who are you\n', headers: { 'www-authenticate': 'Bearer' } }

async function scrape(): Promise<Answer> {
  return { status: 200, text: await printMetrics(), headers: { 'content-type': registry.contentType } }
}

function toJson(status: number, body: object): Answer {
  return { status, text: `${JSON.stringify(body)}\n`, headers: { 'content-type': JSON_TYPE } }
}

/** Of a `HEAD` Node leaves out the text by itself. */
function send(response: ServerResponse, { status, text, headers }: Answer): void {
  response
    .writeHead(status, {
      'content-type': TEXT,
      'cache-control': 'no-store',
      'content-length': Buffer.byteLength(text),
      ...headers,
    })
    .end(text)
}

/** Compared by their hashes in constant time, so that neither length nor prefix shows. */
function isKnown(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true
  const hashOf = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hashOf(request.headers.authorization ?? ''), hashOf(`Bearer ${token}`))
}

function listen(server: Server, options: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
