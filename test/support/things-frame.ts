import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { z } from 'zod'
import { buildServer } from '../../src/http/server.ts'
import { getContext } from '../../src/observability/context.ts'
import { configureLogging, log } from '../../src/observability/log.ts'
import type { ReadinessCheck } from '../../src/observability/readiness.ts'
import { reveal } from '../../src/observability/sensitive.ts'
import { idSchema } from '../../src/platform/contract.ts'
import { AppError } from '../../src/platform/errors.ts'
import { type Access, defineRoute, type Route, type Session } from '../../src/platform/http-route.ts'

export const MARKER = 'ZoeMarqueur'
export const ORIGIN = 'https://paraph.test'
export const UUID = idSchema.parse('0198f3a2-7a55-7c11-9d34-0242ac120002')
/** The copy that is assigned to every marker. */
export const MINE = idSchema.parse('0198f3a2-7a55-7c11-9d34-0242ac120003')
export const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
export const UPLOAD_LIMIT = 1_000

const view = z.object({ id: z.string() })
const anybody: Access = 'public'
const markers: Access = { roles: ['marker', 'admin'], ownership: 'assigned-copy' }
const sessionOf = (role: Session['role']): Session => ({ accountId: UUID, actorRef: UUID, role })

/** What can be thrown by a handler, by the name in the path. */
const THROWN: Readonly<Record<string, unknown>> = {
  foreign: new TypeError(MARKER),
  text: MARKER,
  nothing: undefined,
  null: null,
  object: { message: MARKER, statusCode: 404, code: 'not-found' },
  teapot: Object.assign(new Error(MARKER), { statusCode: 418 }),
  late: new AppError('too-many-attempts', { title: 'Wait.', retryAfterSeconds: 30 }),
  conflict: new AppError('version-conflict', { title: 'Changed meanwhile.', problem: { currentVersion: 4 } }),
  unknown: new AppError('no-such-code' as 'internal', { title: MARKER, problem: { name: MARKER } }),
  database: Object.assign(new Error(MARKER), { code: '57P01' }),
}

const bodySchema = z.strictObject({
  points: z.number().max(20),
  name: z.string().optional(),
  items: z.array(z.strictObject({ label: z.string() })).optional(),
  labels: z.record(z.string(), z.number()).optional(),
})

export const routes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/api/things/:thingId',
    summary: 'One thing.',
    access: anybody,
    params: z.object({ thingId: z.string() }),
    query: z.object({ limit: z.coerce.number().int().max(10).optional() }),
    response: view,
    handle: async ({ params }) => {
      if (params.thingId === 'slow') await sleep(200)
      const more = { id: params.thingId, secret: MARKER }
      return more
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/throws/:what',
    summary: 'Throws.',
    access: anybody,
    params: z.object({ what: z.string() }),
    response: view,
    handle: async ({ params }) => {
      throw THROWN[params.what]
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/wrong-answer',
    summary: 'Answers with something else.',
    access: anybody,
    response: view,
    handle: async () => ({ id: 7, name: MARKER }) as never,
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/things/:thingId',
    summary: 'Changes a thing.',
    access: anybody,
    params: z.object({ thingId: idSchema }),
    body: bodySchema,
    response: z.object({ points: z.number() }),
    handle: async ({ body }) => body,
  }),
  defineRoute({
    method: 'POST',
    path: '/api/versions',
    summary: 'Needs a version.',
    access: anybody,
    needsVersion: true,
    status: 201,
    response: z.object({ version: z.number(), lockToken: z.string().nullable() }),
    handle: async ({ version, lockToken }) => ({
      version,
      lockToken: lockToken ? reveal(lockToken, 'show-to-entitled-user') : null,
    }),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/things/:thingId',
    summary: 'Removes a thing.',
    access: anybody,
    status: 204,
    response: z.object({}),
    handle: async () => ({}),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/copies/:copyId/lock',
    summary: 'For markers.',
    access: markers,
    params: z.object({ copyId: idSchema }),
    response: z.object({ requestId: z.string(), actor: z.unknown() }),
    statusOf: () => 202,
    handle: async ({ session }) => {
      log.grading.info('lock.taken')
      const { requestId, actor } = getContext()
      return { requestId, actor: { ...actor, sessionRole: session.role } }
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/uploads',
    summary: 'Takes a file.',
    access: anybody,
    takesUpload: true,
    response: z.object({ content: z.string(), name: z.string() }),
    handle: async ({ upload }) => {
      const file = await upload()
      const content = await text(file.content)
      await file.assertComplete()
      return { content, name: reveal(file.fileName, 'seal') }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/files/:kind',
    summary: 'Gives a file.',
    access: anybody,
    params: z.object({ kind: z.string() }),
    response: { file: 'application/pdf' },
    handle: async ({ params }) => ({
      content: Readable.from([Buffer.from('%PDF-')]),
      mediaType: 'application/pdf',
      sizeBytes: 5,
      ...(params.kind === 'page' ? { immutable: true } : { attachmentName: 'copy-1.pdf' }),
    }),
  }),
]

export let app: FastifyInstance
export let lines: Record<string, unknown>[] = []
let written = ''
let dropped = 0

export function build(readiness: readonly ReadinessCheck[] = []): Promise<FastifyInstance> {
  return buildServer({
    routes,
    rawRoutes: [
      {
        method: 'POST',
        path: '/api/auth/sign-in/email',
        summary: 'Signs in.',
        body: z.object({ email: z.string() }),
        response: view,
        handle: async (request) => {
          const headers = new Headers({ 'content-type': 'application/json', 'x-internal': MARKER })
          headers.append('set-cookie', 'a=1; HttpOnly')
          headers.append('set-cookie', 'b=2; HttpOnly')
          const seen = { url: request.url, body: await request.json(), cookie: request.headers.get('cookie') }
          return new Response(JSON.stringify(seen), { status: 201, headers })
        },
      },
    ],
    findSession: async (headers) => {
      const role = headers.get('cookie')?.replace('role=', '')
      if (role === 'broken') throw new Error(MARKER)
      return role ? sessionOf(role as Session['role']) : undefined
    },
    ownership: {
      'assigned-copy': async (session, { copyId }) => session.role !== 'marker' || copyId === MINE,
      'exam-marker': async () => true,
      'released-copy': async () => true,
    },
    onDenied: async () => undefined,
    origins: [ORIGIN],
    limits: { signIns: 1_000, requests: 100_000 },
    trustedProxies: [],
    readiness,
    version: '1.2.3',
    uploadLimitBytes: UPLOAD_LIMIT,
  })
}

beforeAll(async () => {
  app = await build()
})
afterAll(() => app.close())
beforeEach(() => {
  lines = []
  written = ''
  dropped = 0
  const write = (line: string) => {
    written += line
    lines.push(JSON.parse(line))
  }
  configureLogging({
    app: { write },
    audit: { write },
    now: () => new Date(0),
    onDropped: (count) => {
      dropped += count
    },
  })
})
afterEach(() => {
  // Whatever was asked, no line had to be mended and none quotes the caller.
  expect(dropped).toBe(0)
  expect(written).not.toContain(MARKER)
  configureLogging(undefined)
})

export const inject = (options: InjectOptions | string) => app.inject(options)
export const requestLines = () => lines.filter((line) => line['event'] === 'http.request')
export const put = (payload: unknown, headers: Record<string, string> = {}) =>
  inject({
    method: 'PUT',
    url: `/api/things/${UUID}`,
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })
/** A problem document like all others, which repeats nothing that was sent. */
export function expectProblem(
  answer: LightMyRequestResponse,
  status: number,
  code: string,
): Record<string, unknown> {
  const problem = answer.json()
  expect(problem).toMatchObject({ type: `/docs/errors/${code}`, title: expect.any(String), status, code })
  expect(answer.statusCode).toBe(status)
  expect(answer.headers['content-type']).toContain('application/problem+json')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.headers['x-request-id']).toBe(problem.requestId)
  expect(JSON.stringify([answer.headers, answer.body])).not.toContain(MARKER)
  return problem
}
