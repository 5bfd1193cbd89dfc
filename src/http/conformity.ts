import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../platform/errors.ts'
import { answerBare } from './unreadable.ts'

/**
 * Lets in what Node's server would refuse by itself, without a request id and without a log line: requests that name
 * no host, that expect something, or that want a tunnel. `requireHostHeader` is off for the same reason.
 */
export function admitAll(app: FastifyInstance): void {
  app.server.on('checkExpectation', (request, response) => app.routing(request, response))
  app.server.on('connect', (_request, socket) =>
    answerBare(new AppError('malformed-request', { title: 'This is no proxy.' }), socket),
  )
}

/** What HTTP/1.1 says must be refused (RFC 9112 §3.2, RFC 9110 §10.1.1), or undefined. */
export function findBreach({ raw, headers }: FastifyRequest): AppError | undefined {
  if (raw.httpVersion !== '1.1') return undefined
  if (headers.host === undefined) {
    return new AppError('malformed-request', { title: 'The request names no host.' })
  }
  if (headers.expect !== undefined && !/\b100-continue\b/i.test(headers.expect)) {
    return new AppError('expectation-failed', { title: 'Nothing but 100-continue can be expected here.' })
  }
  return undefined
}
