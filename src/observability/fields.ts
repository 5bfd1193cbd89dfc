import { getSystemErrorMap } from 'node:util'
import type { $brand } from 'zod'
import { isErrorCode } from './error-codes.ts'
import { LOG_EVENTS } from './events.ts'
import { isId } from './id.ts'
import { COLLECTORS, DATABASE_REASONS, QUEUES, SCHEDULED_TASKS } from './vocabulary.ts'

/**
 * The registry of everything a log line may hold. A field that is not here does not compile, and at run time a
 * value that does not fit its field's shape is written as `[dropped]`. There is no free-text field on purpose: no
 * field takes a plain `string`.
 */
type Shape<T> = { readonly accepts: (value: unknown) => value is T }
type PrivacyClass = 'public' | 'internal'
type Field<T> = Shape<T> & { readonly privacy: PrivacyClass }
export type FieldRegistry = Readonly<Record<string, Field<unknown>>>

/** The template of a declared route, such as `/api/copies/:copyId`, or `*`. */
export type RouteTemplate = string & $brand<'RouteTemplate'>
/** The name of a metric of ours. */
export type MetricName = string & $brand<'MetricName'>
/** A word that only the description of an error may use; nobody can hand it over as a field. */
type ErrorWord = string & $brand<'ErrorWord'>

function matching<T extends string>(pattern: RegExp): Shape<T> {
  return { accepts: (value): value is T => typeof value === 'string' && pattern.test(value) }
}
function oneOf<const T extends readonly string[]>(...words: T): Shape<T[number]> {
  const known: ReadonlySet<unknown> = new Set(words)
  return { accepts: (value): value is T[number] => known.has(value) }
}
function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return { accepts: (value): value is A | B => first.accepts(value) || second.accepts(value) }
}
const id = { accepts: isId }
const errorCode = { accepts: isErrorCode }
const integer: Shape<number> = { accepts: (value): value is number => Number.isSafeInteger(value) }
const decimal: Shape<number> = { accepts: (value): value is number => Number.isFinite(value) }
const flag: Shape<boolean> = { accepts: (value): value is boolean => typeof value === 'boolean' }

function publicField<T>(shape: Shape<T>): Field<T> {
  return { ...shape, privacy: 'public' }
}
function internalField<T>(shape: Shape<T>): Field<T> {
  return { ...shape, privacy: 'internal' }
}

export const FIELDS = {
  'service.version': publicField(matching<`${number}.${number}.${number}`>(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/)),
  'process.role': publicField(oneOf('api', 'worker', 'witness', 'start', 'command')),
  'process.exit.reason': publicField(oneOf('signal', 'error', 'requested', 'parent-gone', 'deadline')),
  'process.signal': publicField(oneOf('SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT')),
  'process.pid': publicField(integer),
  'server.port': publicField(integer),
  'http.request.method': publicField(
    oneOf('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '_OTHER'),
  ),
  'http.route': publicField(matching<RouteTemplate>(/^(\*|[a-zA-Z0-9/:._*-]{1,120})$/)),
  'http.response.status_code': publicField(integer),
  'http.request.body.size': publicField(integer),
  duration_ms: publicField(decimal),
  'error.code': publicField(errorCode),
  'job.id': internalField(id),
  'job.queue': publicField(
    either(
      oneOf(...QUEUES),
      matching<`${(typeof QUEUES)[number]}-lost`>(new RegExp(`^(${QUEUES.join('|')})-lost$`)),
    ),
  ),
  'job.attempt': publicField(integer),
  'job.wait_ms': publicField(decimal),
  'job.outcome': publicField(oneOf('completed', 'retry', 'failed')),
  'task.name': publicField(oneOf(...SCHEDULED_TASKS)),
  'copy.id': internalField(id),
  'copy.status': publicField(
    oneOf('STAGING', 'READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED', 'GRADING_FAILED'),
  ),
  'copy.version': publicField(integer),
  'exam.id': internalField(id),
  'batch.id': internalField(id),
  'annotation.id': internalField(id),
  'conflict.type': publicField(oneOf('already_locked', 'expired', 'token_mismatch')),
  'audit.action': publicField(matching<Uppercase<string>>(/^[A-Z_]{2,40}$/)),
  'audit.event': publicField(integer),
  'audit.events': publicField(integer),
  'audit.reason': publicField(
    oneOf('event-missing', 'leaf-missing', 'mac', 'encoding', 'schema', 'projection', 'place-taken'),
  ),
  'audit.path': publicField(oneOf('table', 'spool', 'lost')),
  'audit.seq': publicField(integer),
  'audit.stream': internalField(id),
  'audit.stream_kind': publicField(oneOf('copy', 'batch', 'exam', 'account', 'system')),
  'audit.refusal': publicField(
    oneOf('smaller', 'other-root', 'other-entries', 'other-log', 'witness-ahead', 'witness-differs'),
  ),
  'tree.index': publicField(integer),
  'tree.signed_size': publicField(integer),
  'tree.size': publicField(integer),
  'witness.log': publicField(integer),
  'witness.place': publicField(integer),
  'witness.size': publicField(integer),
  pages: publicField(integer),
  'page.index': publicField(integer),
  'page.last_index': publicField(integer),
  copies: publicField(integer),
  jobs: publicField(integer),
  bytes: publicField(integer),
  success: publicField(flag),
  'auth.event': publicField(
    oneOf(
      'too-many-attempts',
      'wrong-password',
      'unknown-address',
      'request-failed',
      'session-not-created',
      'session-unreadable',
      'session-not-deleted',
      'other',
    ),
  ),
  'metric.name': publicField(either(oneOf(...COLLECTORS), matching<MetricName>(/^[a-z_:][a-z0-9_:]{0,80}$/))),
  'migration.version': publicField(integer),
  'database.step': publicField(oneOf('initialize', 'start', 'timeout', 'roles')),
  'database.reason': publicField(oneOf(...DATABASE_REASONS)),
} as const satisfies FieldRegistry

export type FieldName = keyof typeof FIELDS
type ValueOf<F> = F extends Field<infer T> ? T : never
/** The fields of one line: registered names with values of their shape, nothing else. */
export type Fields = { readonly [K in FieldName]?: ValueOf<(typeof FIELDS)[K]> | undefined }

/** What the facade itself puts at the head of every line; nobody hands these over as fields. */
export const HEAD_FIELDS = {
  event: publicField(oneOf(...LOG_EVENTS)),
  request_id: internalField(matching<string & $brand<'RequestId'>>(/^[A-Za-z0-9._-]{8,64}$/)),
  trace_id: internalField(matching<string & $brand<'TraceId'>>(/^(?!0{32})[0-9a-f]{32}$/)),
  user_id: internalField(either(oneOf('system', 'operator'), id)),
} as const satisfies FieldRegistry

const identifier = matching<ErrorWord>(/^[A-Za-z0-9_]{1,64}$/)
const SYSTEM_CODES = [...getSystemErrorMap().values()].map(([code]) => code.toLowerCase())
const FRAME = /^[A-Za-z0-9_./@-]{1,160}:\d{1,7}:[A-Za-z0-9_.<> $#[\]]{1,80}$/
const frames: Shape<readonly string[]> = {
  accepts: (value): value is readonly string[] =>
    Array.isArray(value) &&
    value.length <= 40 &&
    value.every((line) => typeof line === 'string' && FRAME.test(line)),
}
/** A code of ours, of the system, of PostgreSQL (SQLSTATE), or of Node and the HTTP library. */
const anyCode = either(
  errorCode,
  either(
    oneOf(...SYSTEM_CODES, 'enotfound'),
    matching<ErrorWord>(/^((err|fst|hpe|und_err)(_[a-z0-9]+){1,8}|(?=.*\d)[0-9a-z]{5})$/),
  ),
)

/** What `describeError` may say of anything thrown; nobody hands these over as fields either. */
export const ERROR_FIELDS = {
  ...FIELDS,
  'error.code': publicField(anyCode),
  'exception.type': publicField(identifier),
  'exception.stacktrace': publicField(frames),
  'exception.cause.type': publicField(identifier),
  'exception.cause.code': publicField(anyCode),
  'db.response.status_code': publicField(matching<ErrorWord>(/^[0-9A-Z]{5}$/)),
  'db.table': publicField(identifier),
  'db.constraint': publicField(identifier),
  'system.syscall': publicField(identifier),
} as const satisfies FieldRegistry

const DROPPED = '"[dropped]"'

/** A line under way: the text of its members, and how many values were left out or replaced. */
export type Line = { text: string; dropped: number }

/**
 * Appends the accepted fields to `line` as JSON members. A name that is not registered is left out, a value that does
 * not fit its field's shape is written as `[dropped]`; both count.
 */
export function appendFields(line: Line, fields: object, registry: FieldRegistry = FIELDS): void {
  for (const name of Object.keys(fields)) {
    appendField(line, name, (fields as Readonly<Record<string, unknown>>)[name], registry)
  }
}

/** The same for one field. */
export function appendField(line: Line, name: string, given: unknown, registry: FieldRegistry): void {
  if (given === undefined) return
  // Read once: a list could change between two looks, and could print itself.
  const value: unknown = Array.isArray(given) ? Array.from(given) : given
  const field = Object.hasOwn(registry, name) ? registry[name] : undefined
  if (!field) {
    line.dropped += 1
  } else if (field.accepts(value)) {
    line.text += `,"${name}":${toJson(value)}`
  } else {
    line.text += `,"${name}":${DROPPED}`
    line.dropped += 1
  }
}

/** No shape accepts a string that JSON would escape (a test asks each of them), so quotes around it will do. */
function toJson(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
