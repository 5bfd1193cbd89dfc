import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { runInContext, type WorkContext } from '../observability/context.ts'
import type { Fields, RouteTemplate } from '../observability/fields.ts'
import { log } from '../observability/log.ts'
import { observeRequest } from './metrics.ts'
import { chooseRequestId, chooseTraceparent } from './request-id.ts'

/** What is known of a request while it is under way. */
type Work = { context: WorkContext; readonly startedAt: number; isRecorded: boolean }

declare module 'fastify' {
  interface FastifyRequest {
    /** Set as soon as the request is known; see `openWork`. */
    work: Work
  }
}

type Method = NonNullable<Fields['http.request.method']>
const METHODS: ReadonlySet<string> = new Set<Method>([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
])

const SYSTEM = { kind: 'system' } as const

/** A route's template is written by us; an address never stands in its place. */
export const NO_ROUTE = '*' as RouteTemplate

/** The caller went away before the answer; there is no such status on the wire. */
const STATUS_OF_ABORT = 499

/**
 * Opens a context for each request, names it in `X-Request-ID`, and ends it with one line and its metrics. `admit` is
 * asked first, inside the context; the error that it returns is the answer.
 */
export function observeRequests(
  app: FastifyInstance,
  admit: (request: FastifyRequest, reply: FastifyReply) => Error | undefined = () => undefined,
): void {
  app.decorateRequest('work')
  app.addHook('onRequest', (request, reply, done) => {
    const context = openWork(request, reply)
    // Every response closes once, sent or not; hooks of the framework for either end would cost several listeners.
    reply.raw.once('close', () => {
      recordRequest(request, reply.raw.writableEnded ? reply.statusCode : STATUS_OF_ABORT)
    })
    runInContext(context, () => done(admit(request, reply)))
  })
}

/** Takes the caller's request id or makes one, and says it in the answer; returns the context of the request. */
export function openWork(request: FastifyRequest, reply: FastifyReply): WorkContext {
  const { headers } = request
  const requestId = chooseRequestId(headers['x-request-id'])
  const traceparent = chooseTraceparent(headers['traceparent'])
  const context: WorkContext = Object.freeze({ requestId, traceparent, actor: SYSTEM })
  request.work = { context, startedAt: performance.now(), isRecorded: false }
  reply.header('x-request-id', requestId)
  return context
}

/** The canonical line of a request, with the route's template instead of its URL, and its metrics; once. */
export function recordRequest(request: FastifyRequest, status: number): void {
  const { work } = request
  if (work.isRecorded) return
  work.isRecorded = true
  const path = (request.routeOptions.url ?? NO_ROUTE) as RouteTemplate
  const method = METHODS.has(request.method) ? (request.method as Method) : '_OTHER'
  const durationMs = performance.now() - work.startedAt
  runInContext(work.context, () =>
    log.http.info('http.request', {
      'http.request.method': method,
      'http.route': path,
      'http.response.status_code': status,
      duration_ms: Math.round(durationMs * 100) / 100,
    }),
  )
  // A stream of events lasts as long as what it tells of, and would look like a slow answer.
  const seconds = request.routeOptions.config.isEventStream ? undefined : durationMs / 1_000
  observeRequest({ method, path, status, ...(seconds === undefined ? {} : { seconds }) })
}
