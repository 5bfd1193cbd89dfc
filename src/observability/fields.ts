import { LOG_EVENTS } from './events.ts'

/**
 * The registry of everything a log line may hold. A field that is not here does not compile, and at run time a
 * value that does not fit its field's shape is written as `[dropped]`. There is no free-text field on purpose.
 */
type Shape<T> = { readonly accepts: (value: unknown) => value is T }
type PrivacyClass = 'public' | 'internal'
type Field<T> = Shape<T> & { readonly privacy: PrivacyClass }

function matching(pattern: RegExp): Shape<string> {
  return { accepts: (value): value is string => typeof value === 'string' && pattern.test(value) }
}
function oneOf<const T extends readonly string[]>(...words: T): Shape<T[number]> {
  return { accepts: (value): value is T[number] => typeof value === 'string' && words.includes(value) }
}
const uuid = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
const token = matching(/^[a-z0-9_.:-]{1,64}$/)
const identifier = matching(/^[A-Za-z0-9_]{1,64}$/)
const integer: Shape<number> = { accepts: (value): value is number => Number.isSafeInteger(value) }
const decimal: Shape<number> = { accepts: (value): value is number => Number.isFinite(value) }
const flag: Shape<boolean> = { accepts: (value): value is boolean => typeof value === 'boolean' }
const FRAME = /^[A-Za-z0-9_./@-]{1,160}:\d{1,7}:[A-Za-z0-9_.<> $#[\]]{1,80}$/
const frames: Shape<readonly string[]> = {
  accepts: (value): value is readonly string[] =>
    Array.isArray(value) &&
    value.length <= 40 &&
    value.every((line) => typeof line === 'string' && FRAME.test(line)),
}

function publicField<T>(shape: Shape<T>): Field<T> {
  return { ...shape, privacy: 'public' }
}
function internalField<T>(shape: Shape<T>): Field<T> {
  return { ...shape, privacy: 'internal' }
}

export const FIELDS = {
  'service.version': publicField(matching(/^\d+\.\d+\.\d+$/)),
  'process.role': publicField(oneOf('api', 'worker', 'start', 'command')),
  'process.exit.reason': publicField(oneOf('signal', 'error', 'requested', 'parent-gone')),
  'process.signal': publicField(oneOf('SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT')),
  'server.port': publicField(integer),
  'http.request.method': publicField(
    oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'),
  ),
  'http.route': publicField(matching(/^(\*|[a-zA-Z0-9/:._*-]{1,120})$/)),
  'http.response.status_code': publicField(integer),
  'http.request.body.size': publicField(integer),
  duration_ms: publicField(decimal),
  'error.type': publicField(token),
  'error.code': publicField(token),
  'exception.type': publicField(identifier),
  'exception.stacktrace': publicField(frames),
  'exception.cause.type': publicField(identifier),
  'exception.cause.code': publicField(token),
  'db.response.status_code': publicField(matching(/^[0-9A-Z]{5}$/)),
  'db.table': publicField(identifier),
  'db.constraint': publicField(identifier),
  'system.syscall': publicField(identifier),
  'job.id': internalField(uuid),
  'job.queue': publicField(token),
  'job.attempt': publicField(integer),
  'job.wait_ms': publicField(decimal),
  'job.outcome': publicField(oneOf('completed', 'retry', 'failed')),
  'copy.id': internalField(uuid),
  'copy.status': publicField(
    oneOf('STAGING', 'READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED', 'GRADING_FAILED'),
  ),
  'copy.version': publicField(integer),
  'exam.id': internalField(uuid),
  'batch.id': internalField(uuid),
  'annotation.id': internalField(uuid),
  'conflict.type': publicField(oneOf('already_locked', 'expired', 'token_mismatch')),
  'audit.action': publicField(matching(/^[A-Z_]{2,40}$/)),
  'audit.seq': publicField(integer),
  'audit.stream': internalField(uuid),
  'audit.stream_kind': publicField(oneOf('copy', 'batch', 'exam', 'account', 'system')),
  pages: publicField(integer),
  copies: publicField(integer),
  jobs: publicField(integer),
  bytes: publicField(integer),
  success: publicField(flag),
  'auth.event': publicField(token),
  'metric.name': publicField(matching(/^[a-z_:][a-z0-9_:]{0,80}$/)),
  'migration.version': publicField(integer),
} as const satisfies Record<string, Field<unknown>>

export type FieldName = keyof typeof FIELDS
type ValueOf<F> = F extends Field<infer T> ? T : never
/** The fields of one line: registered names with values of their shape, nothing else. */
export type Fields = { readonly [K in FieldName]?: ValueOf<(typeof FIELDS)[K]> | undefined }

/** What the facade itself puts at the head of every line; nobody hands these over as fields. */
export const HEAD_FIELDS = {
  event: publicField(oneOf(...LOG_EVENTS)),
  request_id: internalField(matching(/^[A-Za-z0-9._-]{8,64}$/)),
  user_id: internalField(matching(/^(system|operator|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/)),
} as const satisfies Record<string, Field<unknown>>

const DROPPED = '[dropped]'

/** Writes the accepted fields into `line`; returns how many values were left out or replaced by `[dropped]`. */
export function writeFields(
  line: Record<string, unknown>,
  fields: object,
  registry: Readonly<Record<string, Field<unknown>>> = FIELDS,
): number {
  let dropped = 0
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    const field = Object.hasOwn(registry, name) ? registry[name] : undefined
    if (!field) dropped += 1
    else if (field.accepts(value)) line[name] = value
    else {
      line[name] = DROPPED
      dropped += 1
    }
  }
  return dropped
}
