import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../platform/errors.ts'
import { HOUR, MINUTE, SECOND } from '../platform/units.ts'

/** How long the parts of a request may take to arrive. */
export type ArrivalLimits = {
  /** The whole of a request that is not an upload, and the rest of one that was answered already. */
  readonly requestMs: number
  /** A file of 512 MiB over a slow line. */
  readonly uploadMs: number
}

export const ARRIVAL_LIMITS: ArrivalLimits = { requestMs: 30 * SECOND, uploadMs: 2 * HOUR }

/**
 * The same of Node's own server, which looks every few seconds: headers, silence in the middle of anything, and a last
 * resort for whole requests. A connection that waits for its next request outlives those of common proxies.
 */
export const SERVER_TIMEOUTS = {
  requestTimeout: ARRIVAL_LIMITS.uploadMs + 1 * MINUTE,
  connectionTimeout: 2 * MINUTE,
  keepAliveTimeout: 72 * SECOND,
  http: { headersTimeout: 15 * SECOND, connectionsCheckingInterval: 5 * SECOND },
} as const

export type Arrival = {
  /** From now on the request may take as long as an upload: called once it is clear that it is one and may be. */
  allowUpload(request: FastifyRequest): void
}

/**
 * Ends requests whose body does not arrive in time: with `request-timeout` (408), or, when they were answered
 * already, without a word. Either way the connection is closed.
 */
export function limitArrival(app: FastifyInstance, limits: ArrivalLimits): Arrival {
  const replies = new WeakMap<FastifyRequest, FastifyReply>()
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>()

  function wait(request: FastifyRequest, reply: FastifyReply, milliseconds: number): void {
    clearTimeout(timers.get(request))
    if (request.raw.complete || request.raw.destroyed) return
    timers.set(request, setTimeout(() => endSlow(request, reply), milliseconds).unref())
  }

  app.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request)) {
      replies.set(request, reply)
      request.raw.once('close', () => clearTimeout(timers.get(request)))
      wait(request, reply, limits.requestMs)
    }
    done()
  })
  // Refused in the middle: what still comes of it is not worth the time of an upload.
  app.addHook('onResponse', (request, reply, done) => {
    if (replies.has(request)) wait(request, reply, limits.requestMs)
    done()
  })
  return {
    allowUpload: (request) => {
      const reply = replies.get(request)
      if (reply) wait(request, reply, limits.uploadMs)
    },
  }
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function endSlow(request: FastifyRequest, reply: FastifyReply): void {
  if (request.raw.complete) return
  if (reply.sent) {
    request.raw.destroy()
    return
  }
  reply.header('connection', 'close')
  reply.send(new AppError('request-timeout', { title: 'The request took too long to arrive.' }))
}
