import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { runInContext, type WorkContext } from '../observability/context.ts'
import { isId } from '../observability/id.ts'
import { conceal, Sensitive } from '../observability/sensitive.ts'
import { AppError } from '../platform/errors.ts'
import type { Access, FileResponse, Route, Session, Upload } from '../platform/http-route.ts'
import type { Arrival } from './arrival.ts'
import { type OnDenied, tellDenied } from './denial.ts'
import type { EventStreams } from './event-streams.ts'
import type { Throttle } from './request-limits.ts'
import { CSP_OF_ATTACHMENT } from './security-headers.ts'
import {
  assertOwnership,
  assertOwnOrigin,
  assertRole,
  type FindSession,
  type OwnershipRules,
  type Subject,
  toHeaders,
} from './session.ts'

export type MountOptions = {
  readonly findSession: FindSession
  readonly ownership: OwnershipRules
  readonly origins: readonly string[]
  readonly throttle: Throttle
  readonly arrival: Arrival
  readonly uploadLimitBytes: number
  readonly contextOf: (request: FastifyRequest) => WorkContext
  readonly setActor: (request: FastifyRequest, session: Session) => void
  /** Says what the work is about, for the lines of this request. */
  readonly setSubject: (request: FastifyRequest, subject: Subject) => void
  readonly onDenied: OnDenied
  readonly events: EventStreams
  /** Paths whose HEAD is a route of its own. */
  readonly headPaths: ReadonlySet<string>
}

/** Mounts one declared route: origin, session, role, ownership and shapes are checked before its handler runs. */
export function mountRoute(app: FastifyInstance, route: Route, options: MountOptions): void {
  app.route({
    method: route.method,
    url: route.path,
    // Asking for the headers of a file would record an export of which no byte leaves.
    exposeHeadRoute: 'safeParse' in route.response && !options.headPaths.has(route.path),
    config: { isEventStream: 'events' in route.response },
    handler: (request, reply) =>
      tellDenied(options, request, route.path, () =>
        runInContext(options.contextOf(request), () => serve(route, options, request, reply)),
      ),
  })
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its answer has no end that says how quick we are. */
    isEventStream?: boolean
    /** Its body is passed on as it arrives. */
    takesBytes?: boolean
  }
}

async function serve(route: Route, options: MountOptions, request: FastifyRequest, reply: FastifyReply) {
  if (route.method !== 'GET') assertOwnOrigin(request.headers, options.origins)
  const session = await admit(route.access, options, request)
  const params = parsePart(route.params, request.params, 'params')
  const subject = subjectOf(params)
  options.setSubject(request, subject)
  const context = options.contextOf(request)
  await runInContext(context, () => assertOwnership(route.access, session, subject, options.ownership))
  const input = {
    params,
    query: parsePart(route.query, request.query, 'query'),
    body: parsePart(route.body, request.body, 'body'),
    session,
    version: route.needsVersion ? versionOf(request) : 0,
    // A UUID may be written in capitals; ours are not.
    lockToken: conceal(headerOf(request, 'x-lock-token')?.toLowerCase()),
    idempotencyKey: idempotencyKeyOf(request),
    upload: () => {
      assertAllowedLength(request, options.uploadLimitBytes)
      options.arrival.allowUpload(request)
      return openUpload(request)
    },
  }
  if ('events' in route.response) {
    const { events } = route.response
    return options.events.serve(reply, session, events, (signal) =>
      runInContext(context, () => route.handle({ ...input, signal } as never)),
    )
  }
  try {
    return answer(route, reply, await runInContext(context, () => route.handle(input as never)))
  } finally {
    // What a refused upload still sends is read and thrown away, so that its sender hears the answer.
    if (route.takesUpload) request.raw.resume()
  }
}

/** The session of whoever asks, if the route is for them; undefined on a public one. */
export async function admit(
  access: Access,
  options: MountOptions,
  request: FastifyRequest,
): Promise<Session | undefined> {
  if (access === 'public') {
    await options.throttle.client(request)
    return undefined
  }
  const found = await options.findSession(toHeaders(request))
  if (found) options.setActor(request, found)
  return runInContext(options.contextOf(request), async () => {
    await (found ? options.throttle.account(request, found.accountId) : options.throttle.client(request))
    return assertRole(access, found)
  })
}

/** The copy or the exam that the path names. */
function subjectOf(params: unknown): Subject {
  const { copyId, examId } = (params ?? {}) as { copyId?: unknown; examId?: unknown }
  return { ...(isId(copyId) ? { copyId } : {}), ...(isId(examId) ? { examId } : {}) }
}

/** Parses one part of the request. Throws `invalid-request` with the paths of the bad fields, never their values. */
export function parsePart(schema: z.ZodType | undefined, value: unknown, part: string): unknown {
  if (!schema) return undefined
  const parsed = schema.safeParse(value ?? {})
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map((issue) => ({
    path: [part, ...issue.path.filter((step) => typeof step === 'number' || isDeclared(schema, step))].join(
      '.',
    ),
    problem: issue.code.replaceAll('_', '-'),
  }))
  throw new AppError('invalid-request', {
    title: 'Some fields are missing or not as they should be.',
    problem: { fields: fields.slice(0, 50) },
  })
}

/** Names that the caller made up are data of theirs and are not sent back. */
function isDeclared(schema: z.ZodType, step: PropertyKey): boolean {
  return typeof step === 'string' && propertyNames(schema).has(step)
}

const knownNames = new WeakMap<z.ZodType, ReadonlySet<string>>()

/** Every member name that a schema declares, at any depth. */
function propertyNames(schema: z.ZodType): ReadonlySet<string> {
  const known = knownNames.get(schema)
  if (known) return known
  const names = new Set<string>()
  JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), (key, value) => {
    if (key === 'properties') for (const name of Object.keys(value)) names.add(name)
    return value
  })
  knownNames.set(schema, names)
  return names
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' && value.length <= 64 ? value : undefined
}

/** The version the caller means to change, from `If-Match: "3"`. Throws `version-required` (428) without one. */
function versionOf(request: FastifyRequest): number {
  const match = /^(?:W\/)?"?(\d{1,9})"?$/.exec(headerOf(request, 'if-match') ?? '')
  if (!match) {
    throw new AppError('version-required', { title: 'Say which version you are changing (If-Match).' })
  }
  return Number(match[1])
}

/** The caller's name for this very request, so that sending it again does it once. Throws `invalid-request`. */
function idempotencyKeyOf(request: FastifyRequest): Sensitive<string> | undefined {
  const value = request.headers['idempotency-key']
  if (value === undefined) return undefined
  if (typeof value === 'string' && /^[A-Za-z0-9._:-]{8,128}$/.test(value)) return new Sensitive(value)
  throw new AppError('invalid-request', {
    title: 'An Idempotency-Key has 8 to 128 letters, digits and . _ : - characters.',
    problem: { fields: [{ path: 'headers.idempotency-key', problem: 'invalid-format' }] },
  })
}

/** A multipart form needs a little more than the file that is in it. */
const FORM_BYTES = 64 * 1_024

/** Throws `too-large` before the first byte of a file that says how large it is. */
function assertAllowedLength(request: FastifyRequest, limitBytes: number): void {
  if (Number(request.headers['content-length'] ?? 0) <= limitBytes + FORM_BYTES) return
  throw new AppError('too-large', { title: 'The file is larger than allowed.' })
}

async function openUpload(request: FastifyRequest): Promise<Upload> {
  const parts = request.parts()
  const { value: part } = await parts.next()
  if (part?.type !== 'file') throw new AppError('malformed-upload', { title: 'The upload holds no file.' })
  return {
    content: part.file,
    fileName: new Sensitive(part.filename.slice(0, 255)),
    declaredBytes: Number(request.headers['content-length']) || undefined,
    assertComplete: async () => {
      if (part.file.truncated) throw new AppError('too-large', { title: 'The file is larger than allowed.' })
      // A second file would be lost without a word.
      const { done } = await parts.next()
      if (!done) throw new AppError('malformed-upload', { title: 'An upload is one file.' })
    },
  }
}

function answer(route: Route, reply: FastifyReply, result: unknown): FastifyReply {
  reply.status(route.statusOf?.(result as never) ?? route.status)
  if (route.status === 204) return reply.send()
  if ('file' in route.response) return sendFile(reply, result as FileResponse)
  // Parsing keeps only the members that the contract names.
  return reply.send((route.response as z.ZodType).parse(result))
}

function sendFile(reply: FastifyReply, file: FileResponse): FastifyReply {
  reply.header('content-type', file.mediaType)
  if (file.immutable) reply.header('cache-control', 'private, max-age=31536000, immutable')
  if (file.sizeBytes !== undefined) reply.header('content-length', file.sizeBytes)
  if (file.attachmentName) {
    reply
      .header('content-disposition', `attachment; filename="${file.attachmentName}"`)
      .header('content-security-policy', CSP_OF_ATTACHMENT)
  }
  return reply.send(file.content)
}
