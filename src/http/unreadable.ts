import type { Duplex } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { runInContext } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import { observeRequest } from './metrics.ts'
import { NO_ROUTE } from './observation.ts'
import { toProblem } from './problem.ts'
import { BARE_HEADERS } from './security-headers.ts'

/**
 * Refuses bytes that Node cannot read, and ends the connection. `latest` is the reply to the last request on it: bytes
 * in the middle of that request's body are its own fault and refused under its id, unless it has its answer already;
 * bytes behind it wait for its answer, and then have one of their own, like those of no request.
 */
export function refuseUnreadable(
  error: Error & { code?: string },
  socket: Duplex,
  latest?: FastifyReply,
): void {
  // Whoever left in the middle of a request hears no answer, and the request, if there was one, has its own line.
  if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE' || !socket.writable) {
    socket.destroy()
  } else if (latest && !latest.request.raw.complete) {
    if (latest.sent) socket.destroy()
    else latest.header('connection', 'close').send(limitOf(error) ?? spoiledBody())
  } else if (latest && !latest.raw.writableFinished) {
    latest.raw.once('close', () => refuseUnreadable(error, socket))
  } else {
    answerBare(limitOf(error) ?? notHttp(), socket)
  }
}

/**
 * Answers on a connection without a request that the framework knows: a problem document with a request id, like every
 * other answer, and the end of the connection. One log line and one count, without a method.
 */
export function answerBare(error: AppError, socket: Duplex): void {
  const requestId = newId()
  const problem = toProblem(error, requestId)
  const body = JSON.stringify(problem)
  const head = [
    `HTTP/1.1 ${problem.status} Refused`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(BARE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    `X-Request-ID: ${requestId}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  runInContext({ requestId, actor: { kind: 'system' } }, () =>
    log.http.info('http.request', {
      'http.request.method': '_OTHER',
      'http.route': NO_ROUTE,
      'http.response.status_code': problem.status,
    }),
  )
  observeRequest({ method: '_OTHER', path: NO_ROUTE, status: problem.status })
}

/** The limit of ours that the bytes went beyond, or undefined when it is their form that is wrong. */
function limitOf({ code }: { code?: string }): AppError | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new AppError('headers-too-large', { title: 'The headers of the request are too large.' })
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AppError('request-timeout', { title: 'The request took too long to arrive.' })
  }
  return undefined
}

function notHttp(): AppError {
  return new AppError('malformed-request', { title: 'This is not an HTTP request.' })
}

function spoiledBody(): AppError {
  return new AppError('malformed-body', { title: 'The body is not transferred as HTTP says.' })
}
