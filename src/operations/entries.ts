import type { RequestEventRow } from '../audit/store.ts'
import { isErrorCode } from '../observability/error-codes.ts'
import { FIELDS } from '../observability/fields.ts'
import { type Id, isId } from '../observability/id.ts'
import type { RequestJobRow } from '../queue/store.ts'
import type { LineFields, LogLine } from './log-lines.ts'
import type { StreamOwnerRow } from './store.ts'

/** One thing of a request's story. */
export type TraceEntry = {
  /** When a request or an attempt began, or the rest happened. */
  readonly at: string
  readonly kind: 'request' | 'attempt' | 'event' | 'failure' | 'note' | 'waiting'
  readonly what: string
  readonly level: LogLine['level']
  readonly who: Who
  readonly about: readonly Subject[]
  readonly outcome?: string | undefined
  readonly durationMs?: number | undefined
  readonly jobId?: Id | undefined
  readonly attempt?: number | undefined
  /** Of an event, its number and the request that it came with. */
  readonly eventId?: string | undefined
  readonly requestId?: string | undefined
  /** What its log line says, when there is one. */
  readonly fields?: LineFields
}

/** `id` is that of an account, `ref` the one that events carry. */
export type Who = { readonly kind: 'system' | 'operator' | 'user'; readonly id?: Id; readonly ref?: Id }

/** `stream` stands for an owner that is gone or whose room is not ours to ask. */
export type Subject = { readonly kind: string; readonly id: Id }

const SYSTEM: Who = { kind: 'system' }

/** The entry of a log line. */
export function entryOfLine({ time, level, fields }: LogLine): TraceEntry {
  const common = {
    level,
    who: whoOf(fields),
    about: subjectsOf(fields),
    jobId: fields['job.id'],
    attempt: fields['job.attempt'],
    fields,
  }
  const durationMs = fields.duration_ms
  const began = new Date(Date.parse(time) - (durationMs ?? 0)).toISOString()
  switch (fields.event) {
    case 'http.request': {
      const what = `${fields['http.request.method']} ${fields['http.route']}`
      const status = fields['http.response.status_code'] ?? 0
      const grade = status >= 500 ? 'ERROR' : status >= 400 ? 'WARNING' : level
      return {
        ...common,
        at: began,
        kind: 'request',
        what,
        level: grade,
        outcome: String(status),
        durationMs,
      }
    }
    case 'job.run': {
      const what = nameOfAttempt(fields['job.queue'], fields['job.attempt'])
      const outcome = fields['job.outcome']
      return { ...common, at: began, kind: 'attempt', what, level: gradeOf(outcome), outcome, durationMs }
    }
    case 'audit.appended':
      return { ...common, at: time, kind: 'event', what: fields['audit.action'] ?? '' }
    default: {
      const isFailure = level !== 'DEBUG' && level !== 'INFO'
      const outcome = isFailure ? reasonOf(fields) : undefined
      return { ...common, at: time, kind: isFailure ? 'failure' : 'note', what: fields.event ?? '', outcome }
    }
  }
}

function nameOfAttempt(queue: string | undefined, attempt: number | undefined): string {
  return `${FIELDS['job.queue'].accepts(queue) ? queue : 'a job'}, attempt ${attempt}`
}

function gradeOf(outcome: string | undefined): LogLine['level'] {
  if (outcome === 'completed' || outcome === 'running') return 'INFO'
  return outcome === 'failed' ? 'ERROR' : 'WARNING'
}

function whoOf({ user_id: id }: LineFields): Who {
  if (id === 'operator') return { kind: 'operator' }
  return id === undefined || id === 'system' ? SYSTEM : { kind: 'user', id }
}

/** From the most precise to the widest. */
function subjectsOf(fields: LineFields): readonly Subject[] {
  const { 'copy.id': copy, 'batch.id': batch, 'exam.id': exam, 'audit.stream': stream } = fields
  const subjects = [
    ...(copy ? [{ kind: 'copy', id: copy }] : []),
    ...(batch ? [{ kind: 'batch', id: batch }] : []),
    ...(exam ? [{ kind: 'exam', id: exam }] : []),
  ]
  return subjects.length === 0 && stream ? [{ kind: 'stream', id: stream }] : subjects
}

/** The code of a failure, the class of the error, and the place in our sources where it was made. */
function reasonOf(fields: LineFields): string {
  const word = fields['error.code'] ?? fields['conflict.type'] ?? fields['auth.event']
  const place = fields['exception.stacktrace']?.[0]?.split(':').slice(0, 2).join(':')
  return [word, fields['exception.type'], place].filter((part) => part !== undefined).join(', ')
}

/** What names an event in the log and in the database alike. */
export const keyOfEvent = (stream: Id | undefined, seq: number | undefined): string => `${stream}:${seq}`

/** The entry of an event, with what its log line adds: the account behind the reference, and the job. */
export function entryOfEvent(
  row: RequestEventRow,
  owner: StreamOwnerRow | undefined,
  logged: TraceEntry | undefined,
): TraceEntry {
  const who = row.actorRef === null ? SYSTEM : { kind: row.actorKind, ref: row.actorRef }
  const { success, error_code: code } = row.metadata
  const failure = isErrorCode(code) ? code : 'failed'
  return {
    ...logged,
    at: row.occurredAt.toISOString(),
    kind: 'event',
    eventId: row.id,
    requestId: row.requestId,
    what: row.action,
    level: success === false ? 'WARNING' : 'INFO',
    who: logged?.who.kind === 'user' ? logged.who : who,
    about: [owner ? { kind: owner.kind, id: owner.id } : { kind: 'stream', id: row.streamRef }],
    outcome: typeof success === 'boolean' ? (success ? 'success' : failure) : undefined,
  }
}

/**
 * What the queue knows of a job and the log does not: attempts whose line is missing, the one that runs, and the one
 * that waits. `logged` are the entries of its attempts that have a line.
 */
export function entriesOfJob(job: RequestJobRow, logged: readonly TraceEntry[], now: Date): TraceEntry[] {
  const about = subjectsOfPayload(job.payload)
  const common = { who: SYSTEM, about, jobId: job.jobId }
  const isWaiting = job.state === 'created' || job.state === 'retry'
  const entries: TraceEntry[] = []
  let next = job.startAfter
  for (let attempt = job.attempts; attempt >= 1; attempt -= 1) {
    const known = logged.find((entry) => entry.attempt === attempt)
    const isLast = attempt === job.attempts && job.startedAt !== null
    const began = known ? new Date(known.at) : isLast && job.startedAt ? job.startedAt : next
    if (!known) {
      const outcome = isLast ? outcomeOf(job) : 'left no line'
      const ended = outcome === 'running' ? now : isLast && !isWaiting ? job.endedAt : null
      const durationMs = ended ? ended.getTime() - began.getTime() : undefined
      const what = nameOfAttempt(job.queue, attempt)
      const level = gradeOf(outcome)
      entries.unshift({
        ...common,
        at: began.toISOString(),
        kind: 'attempt',
        what,
        level,
        outcome,
        durationMs,
        attempt,
      })
    }
    next = began
  }
  if (isWaiting) {
    const attempt = job.attempts + 1
    const waitedMs = now.getTime() - job.startAfter.getTime()
    entries.push({
      ...common,
      at: job.startAfter.toISOString(),
      kind: 'waiting',
      what: nameOfAttempt(job.queue, attempt),
      level: 'WARNING',
      outcome: waitedMs >= 0 ? 'waits' : 'due',
      durationMs: Math.max(0, waitedMs),
      attempt,
    })
  }
  return entries
}

function outcomeOf({ state, output }: RequestJobRow): string {
  if (state === 'active') return 'running'
  // A refusal for good before the last attempt is settled as done, with its code.
  if (state === 'completed') return hasCode(output) ? 'failed' : 'completed'
  return state
}

function hasCode(output: unknown): boolean {
  return typeof output === 'object' && output !== null && 'code' in output
}

/** What a job is about, by its payload. */
export function subjectsOfPayload(payload: unknown): readonly Subject[] {
  const { copyId, batchId, examId } = (payload ?? {}) as Readonly<Record<string, unknown>>
  return [
    ...(isId(copyId) ? [{ kind: 'copy', id: copyId }] : []),
    ...(isId(batchId) ? [{ kind: 'batch', id: batchId }] : []),
    ...(isId(examId) ? [{ kind: 'exam', id: examId }] : []),
  ]
}
