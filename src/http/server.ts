import type { Duplex } from 'node:stream'
import helmet from '@fastify/helmet'
import multipart from '@fastify/multipart'
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { runInContext, type WorkContext } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import type { ReadinessCheck } from '../observability/readiness.ts'
import { AppError } from '../platform/errors.ts'
import type { ProtocolRoute, RawRoute, Route, Session } from '../platform/http-route.ts'
import { MEBIBYTE, UPLOAD_LIMIT } from '../platform/units.ts'
import { ARRIVAL_LIMITS, type ArrivalLimits, limitArrival, SERVER_TIMEOUTS } from './arrival.ts'
import { admitAll, findBreach } from './conformity.ts'
import { type OnDenied, tellDenied } from './denial.ts'
import { createEventStreams, EVENT_STREAM_LIMITS, type EventStreamLimits } from './event-streams.ts'
import { mountHealth } from './health.ts'
import { collectEndpoints, type Endpoint, refuseUnrouted } from './known-paths.ts'
import { declareRoutes } from './metrics.ts'
import { type MountOptions, mountRoute } from './mount.ts'
import { admitBytes, mountProtocolRoute } from './mount-protocol.ts'
import { observeRequests, openWork, recordRequest } from './observation.ts'
import { buildOpenApi } from './openapi.ts'
import { toProblem } from './problem.ts'
import { createThrottle, type RequestLimits } from './request-limits.ts'
import { BARE_HEADERS, helmetOptions } from './security-headers.ts'
import { assertOwnOrigin, type FindSession, type OwnershipRules, toHeaders } from './session.ts'
import { refuseUnreadable } from './unreadable.ts'
import { openWebFiles } from './web-files.ts'

const BODY_LIMIT = 1 * MEBIBYTE

export type ServerOptions = {
  readonly routes: readonly Route[]
  readonly rawRoutes: readonly RawRoute[]
  readonly protocolRoutes?: readonly ProtocolRoute[]
  readonly findSession: FindSession
  readonly ownership: OwnershipRules
  readonly onDenied: OnDenied
  /** Origins that browsers may change state from. */
  readonly origins: readonly string[]
  readonly readiness: readonly ReadinessCheck[]
  readonly version: string
  /** Where the built web application lies; without it `/` says that it is not there. */
  readonly webDirectory?: string | undefined
  readonly limits: RequestLimits
  /** Proxies whose word about the client's address counts: addresses, networks (CIDR), or `loopback`. */
  readonly trustedProxies: readonly string[]
  readonly uploadLimitBytes?: number
  readonly arrivalLimits?: ArrivalLimits
  readonly eventStreamLimits?: EventStreamLimits
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Everything that is mounted. */
    readonly endpoints: readonly Endpoint[]
  }
}

/**
 * Builds the HTTP frame around the given routes without listening. It knows no feature: `bin` hands it everything.
 * Every answer carries `X-Request-ID`; every request gives one log line, one count and one duration.
 */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  /** The reply to the request that came last on a connection. */
  const latestReplies = new WeakMap<Duplex, FastifyReply>()
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 200 },
    ...SERVER_TIMEOUTS,
    http: { ...SERVER_TIMEOUTS.http, requireHostHeader: false },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    // Its own answer would be no problem document; ours is `shutting-down`.
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, latestReplies.get(socket)),
    // An address that cannot be routed passes by the hooks; the framework's own answer would quote it.
    frameworkErrors: (error, request, reply) => {
      const context = openWork(request, reply)
      latestReplies.set(request.raw.socket, reply)
      reply.headers({ ...BARE_HEADERS })
      runInContext(context, () => sendProblem(reply, error, context.requestId))
      recordRequest(request, reply.statusCode)
    },
  })

  admitAll(app)
  const endpoints = collectEndpoints(app)
  app.decorate('endpoints', endpoints)
  let isClosing = false
  app.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  observeRequests(app, (request, reply) => {
    latestReplies.set(request.raw.socket, reply)
    reply.header('cache-control', 'no-store')
    const breach = findBreach(request)
    // Its body, if one follows, is not waited for.
    if (breach) reply.header('connection', 'close')
    return isClosing ? shuttingDown() : breach
  })
  app.setErrorHandler((error, request, reply) => {
    const { context } = request.work
    return runInContext(context, () => sendProblem(reply, error, context.requestId))
  })
  const serveWeb = await openWebFiles(app, options.webDirectory)
  app.setNotFoundHandler((request, reply) => {
    const served = serveWeb(request, reply)
    if (served) return served
    const { error, allow } = refuseUnrouted(endpoints, request.url)
    if (allow.length > 0) reply.header('allow', allow.join(', '))
    return sendProblem(reply, error, request.work.context.requestId)
  })
  await app.register(helmet, helmetOptions(options.origins))
  const throttle = await createThrottle(app, options.limits)
  const arrival = limitArrival(app, options.arrivalLimits ?? ARRIVAL_LIMITS)

  const uploadLimitBytes = options.uploadLimitBytes ?? UPLOAD_LIMIT
  await app.register(multipart, {
    limits: {
      fileSize: uploadLimitBytes,
      files: 1,
      fields: 0,
      parts: 1,
      headerPairs: 20,
    },
    // The handler asks `assertComplete` once the stream has ended.
    throwFileSizeLimit: false,
  })

  admitBytes(app)

  const protocolRoutes = options.protocolRoutes ?? []
  const mount: MountOptions = {
    findSession: options.findSession,
    ownership: options.ownership,
    onDenied: options.onDenied,
    origins: options.origins,
    throttle,
    arrival,
    uploadLimitBytes,
    events: createEventStreams(app, options.eventStreamLimits ?? EVENT_STREAM_LIMITS),
    headPaths: new Set(protocolRoutes.filter(({ method }) => method === 'HEAD').map(({ path }) => path)),
    contextOf: (request) => request.work.context,
    setActor: (request, session) => {
      const { work } = request
      work.context = Object.freeze({ ...work.context, actor: actorOf(session) })
    },
    setSubject: (request, subject) => {
      const { work } = request
      work.context = Object.freeze({ ...work.context, ...subject })
    },
  }
  declareRoutes([
    ...options.routes,
    ...options.rawRoutes.map((route) => ({ ...route, status: 200 })),
    ...protocolRoutes.filter(({ method }) => method !== 'HEAD'),
  ])
  for (const route of options.routes) mountRoute(app, route, mount)
  for (const route of options.rawRoutes) mountRawRoute(app, route, mount)
  for (const route of protocolRoutes) mountProtocolRoute(app, route, mount)
  mountHealth(app, options.readiness, throttle)
  const document = buildOpenApi(options.routes, options.rawRoutes, protocolRoutes, options.version)
  app.get('/api/openapi.json', async (request, reply) => {
    await throttle.client(request)
    return reply.send(document)
  })
  return app
}

function shuttingDown(): AppError {
  return new AppError('shutting-down', {
    title: 'Paraph is stopping; try again in a moment.',
    retryAfterSeconds: 5,
  })
}

function actorOf(session: Session): WorkContext['actor'] {
  return { kind: 'user', id: session.accountId, ref: session.actorRef, role: session.role }
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

/** The body as text again. One nested deeper than the stack is nobody's form. */
function textOf(body: unknown): string {
  try {
    return JSON.stringify(body)
  } catch (cause) {
    throw new AppError('malformed-body', { title: 'The body is nested too deeply.', cause })
  }
}

function mountRawRoute(app: FastifyInstance, route: RawRoute, mount: MountOptions): void {
  app.route({
    method: route.method,
    url: route.path,
    handler: (request, reply) =>
      runInContext(mount.contextOf(request), async () => {
        if (route.method !== 'GET') {
          await tellDenied(mount, request, route.path, async () =>
            assertOwnOrigin(request.headers, mount.origins),
          )
        }
        await mount.throttle.client(request)
        if (route.isSignIn) await mount.throttle.signIn(request)
        const response = await route.handle(
          new Request(new URL(request.url, mount.origins[0]), {
            method: route.method,
            headers: toHeaders(request),
            ...(request.body === undefined ? {} : { body: textOf(request.body) }),
          }),
        )
        reply.status(response.status)
        for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
        const type = response.headers.get('content-type')
        if (type) reply.header('content-type', type)
        return reply.send(await response.text())
      }),
  })
}
