import type { Socket } from 'node:net'
import { runInContext } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import { requestsTotal } from './metrics.ts'
import { toProblem } from './problem.ts'
import { BARE_HEADERS } from './security-headers.ts'

/**
 * Answers bytes that Node cannot read as a request: a problem document with a request id, like every other answer, and
 * the end of the connection. One log line and one count, without a method, since none was understood.
 */
export function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  // Whoever left in the middle of a request hears no answer, and the request, if there was one, has its own line.
  if (error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE' || !socket.writable) {
    socket.destroy()
    return
  }
  const requestId = newId()
  const problem = toProblem(reasonOf(error), requestId)
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
      'http.route': '*',
      'http.response.status_code': problem.status,
    }),
  )
  requestsTotal.inc({ method: '_OTHER', path: '*', status: String(problem.status) })
}

function reasonOf({ code }: { code?: string }): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new AppError('headers-too-large', { title: 'The headers of the request are too large.' })
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AppError('request-timeout', { title: 'The request took too long to arrive.' })
  }
  return new AppError('malformed-request', { title: 'This is not an HTTP request.' })
}
