import multipart from '@fastify/multipart'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { runInContext, type WorkContext } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import type { Route, Session } from '../platform/http-route.ts'
import { MEBIBYTE } from '../platform/units.ts'
import { requestDuration, requestsTotal } from './metrics.ts'
import { type MountOptions, mountRoute, toHeaders } from './mount.ts'
import { buildOpenApi } from './openapi.ts'
import { toProblem } from './problem.ts'
import { chooseRequestId, chooseTraceparent } from './request-id.ts'
import { assertOwnOrigin, type FindSession, type OwnershipRules } from './session.ts'

const BODY_LIMIT = 1 * MEBIBYTE
const UPLOAD_LIMIT = 512 * MEBIBYTE

/** A handler in the web standard's terms, for the library that signs people in. */
export type RawRoute = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly handle: (request: Request) => Promise<Response>
}

export type ReadinessCheck = { readonly name: string; readonly isReady: () => Promise<boolean> }

export type ServerOptions = {
  readonly routes: readonly Route[]
  readonly rawRoutes: readonly RawRoute[]
  readonly findSession: FindSession
  readonly ownership: OwnershipRules
  /** Origins that browsers may change state from. */
  readonly origins: readonly string[]
  readonly readiness: readonly ReadinessCheck[]
  readonly version: string
}

type Work = { context: WorkContext; readonly startedAt: number }

/**
 * Builds the HTTP frame around the given routes without listening. It knows no feature: `bin` hands it everything.
 * Every answer carries `X-Request-ID`; every request gives one log line, one count and one duration.
 */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({ logger: false, bodyLimit: BODY_LIMIT, routerOptions: { maxParamLength: 200 } })
  const works = new WeakMap<FastifyRequest, Work>()
  const workOf = (request: FastifyRequest): Work => {
    const work = works.get(request)
    if (!work) throw new Error('a request without its context')
    return work
  }

  app.addHook('onRequest', (request, reply, done) => {
    const requestId = chooseRequestId(request.headers['x-request-id'])
    const traceparent = chooseTraceparent(request.headers['traceparent'])
    const context: WorkContext = { requestId, traceparent, actor: { kind: 'system' } }
    works.set(request, { context, startedAt: performance.now() })
    reply.header('x-request-id', requestId)
    runInContext(context, done)
  })
  app.addHook('onResponse', (request, reply, done) => {
    const work = works.get(request)
    if (work) runInContext(work.context, () => recordRequest(request, reply, work))
    done()
  })
  app.setErrorHandler((error, request, reply) => {
    const { context } = workOf(request)
    return runInContext(context, () => sendProblem(reply, error, context.requestId))
  })
  app.setNotFoundHandler((request, reply) => {
    const missing = new AppError('not-found', { title: 'There is nothing here.' })
    return sendProblem(reply, missing, workOf(request).context.requestId)
  })

  await app.register(multipart, {
    limits: { fileSize: UPLOAD_LIMIT, files: 1, fields: 0, parts: 1 },
    // The handler asks `assertComplete` once the stream has ended.
    throwFileSizeLimit: false,
  })

  const mount: MountOptions = {
    findSession: options.findSession,
    ownership: options.ownership,
    origins: options.origins,
    contextOf: (request) => workOf(request).context,
    setActor: (request, session) => {
      const work = workOf(request)
      work.context = { ...work.context, actor: actorOf(session) }
    },
  }
  for (const route of options.routes) mountRoute(app, route, mount)
  for (const route of options.rawRoutes) mountRawRoute(app, route, mount)
  mountHealth(app, options.readiness)
  const document = buildOpenApi(options.routes, options.version)
  app.get('/api/openapi.json', (_request, reply) => reply.send(document))
  return app
}

function actorOf(session: Session): WorkContext['actor'] {
  return { kind: 'user', id: session.accountId, ref: session.actorRef, role: session.role }
}

/** The canonical line of a request, with the route's template instead of its URL, and its metrics. */
function recordRequest(request: FastifyRequest, reply: FastifyReply, work: Work): void {
  const path = request.routeOptions.url ?? '*'
  const durationMs = performance.now() - work.startedAt
  log.http.info('http.request', {
    'http.request.method': request.method as 'GET',
    'http.route': path,
    'http.response.status_code': reply.statusCode,
    duration_ms: Math.round(durationMs * 100) / 100,
  })
  requestsTotal.inc({ method: request.method, path, status: String(reply.statusCode) })
  requestDuration.observe({ method: request.method, path }, durationMs / 1_000)
}

function sendProblem(reply: FastifyReply, error: unknown, requestId: string): FastifyReply {
  const problem = toProblem(error, requestId)
  if (problem.status >= 500) log.http.error('http.failed', { 'error.code': problem.code }, error)
  const retryAfter = error instanceof AppError ? error.retryAfterSeconds : undefined
  if (problem.status === 503 || retryAfter) reply.header('retry-after', retryAfter ?? 5)
  return reply
    .status(problem.status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problem))
}

function mountRawRoute(app: FastifyInstance, route: RawRoute, mount: MountOptions): void {
  app.route({
    method: route.method,
    url: route.path,
    handler: (request, reply) =>
      runInContext(mount.contextOf(request), async () => {
        if (route.method !== 'GET') assertOwnOrigin(request.headers, mount.origins)
        const response = await route.handle(
          new Request(new URL(request.url, mount.origins[0]), {
            method: route.method,
            headers: toHeaders(request),
            ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
          }),
        )
        reply.status(response.status).header('cache-control', 'no-store')
        for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
        const type = response.headers.get('content-type')
        if (type) reply.header('content-type', type)
        return reply.send(await response.text())
      }),
  })
}

/** `/livez`: this process answers. `/readyz`: it can do its work; names of checks, never a text of an exception. */
function mountHealth(app: FastifyInstance, checks: readonly ReadinessCheck[]): void {
  app.get('/livez', (_request, reply) => reply.send({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const results = await Promise.all(
      checks.map(
        async ({ name, isReady }) => [name, (await isReady().catch(() => false)) ? 'ok' : 'failing'] as const,
      ),
    )
    const isReady = results.every(([, state]) => state === 'ok')
    return reply
      .status(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ok' : 'failing', checks: Object.fromEntries(results) })
  })
}
