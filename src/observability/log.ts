import { findContext, type WorkContext } from './context.ts'
import type { LogEvent } from './events.ts'
import {
  appendField,
  appendFields,
  ERROR_FIELDS,
  FIELDS,
  type FieldName,
  type Fields,
  HEAD_FIELDS,
  type Line,
} from './fields.ts'
import { describeError } from './opaque-error.ts'

/** The loggers of R2.5. */
export const LOGGERS = ['http', 'audit', 'grading', 'metrics', 'security', 'jobs', 'app'] as const
export type LoggerName = (typeof LOGGERS)[number]

/** Level words of R2.1 with OpenTelemetry's severity numbers. */
const SEVERITY = { DEBUG: 5, INFO: 9, WARNING: 13, ERROR: 17, CRITICAL: 21 } as const
export type LogLevel = keyof typeof SEVERITY

/** Takes one whole line, its newline included. It must not throw. */
export type LogDestination = { write(line: string): void }
export type LogSetup = {
  readonly audit: LogDestination
  readonly app: LogDestination
  readonly now: () => Date
  readonly debug?: boolean
  readonly onDropped?: (count: number) => void
}

let setup: LogSetup | undefined

/** Sends all lines of this process to the given destinations. Before the first call lines go nowhere. */
export function configureLogging(next: LogSetup | undefined): void {
  setup = next
}

/** What the context says about every line written in it. */
function appendHead(line: Line, event: LogEvent, context: WorkContext | undefined): void {
  appendField(line, 'event', event, HEAD_FIELDS)
  if (!context) return
  const { actor, requestId, traceparent } = context
  appendField(line, 'request_id', requestId, HEAD_FIELDS)
  appendField(line, 'trace_id', traceparent?.split('-')[1], HEAD_FIELDS)
  appendField(line, 'user_id', actor.kind === 'user' ? actor.id : actor.kind, HEAD_FIELDS)
}

/** What the context's work is about, where the line does not say so itself. */
function appendSubject(line: Line, context: WorkContext, said: Fields): void {
  appendField(line, 'job.id', said['job.id'] ? undefined : context.jobId, FIELDS)
  appendField(line, 'job.attempt', said['job.attempt'] ? undefined : context.attempt, FIELDS)
  appendField(line, 'copy.id', said['copy.id'] ? undefined : context.copyId, FIELDS)
  appendField(line, 'exam.id', said['exam.id'] ? undefined : context.examId, FIELDS)
}

let lastMs = Number.NaN
let lastTime = ''

/** ISO 8601 in UTC. Many lines share a millisecond, and writing it out is a good part of a line's cost. */
function timeOf(now: Date): string {
  const ms = now.getTime()
  if (ms !== lastMs) {
    lastTime = now.toISOString()
    lastMs = ms
  }
  return lastTime
}

function write(prefix: string, to: 'audit' | 'app', event: LogEvent, fields: Fields, error: unknown): void {
  if (!setup) return
  const context = findContext()
  const said = error === undefined ? fields : { ...describeError(error), ...fields }
  const line: Line = { text: `{"time":"${timeOf(setup.now())}"${prefix}`, dropped: 0 }
  appendHead(line, event, context)
  if (context) appendSubject(line, context, said)
  appendFields(line, said, error === undefined ? FIELDS : ERROR_FIELDS)
  if (line.dropped > 0) setup.onDropped?.(line.dropped)
  setup[to].write(`${line.text}}\n`)
}

/** Refuses what has more members than the registry, headers of a request or a row say, even behind a variable. */
type Exactly<F> = F & (Exclude<keyof F, FieldName> extends never ? unknown : never)

/** One method per level: an event of the catalogue, fields of the registry, and the error it is about, if any. */
export type Log = {
  readonly [L in Lowercase<LogLevel>]: <const F extends Fields>(
    event: LogEvent,
    fields?: Exactly<F>,
    error?: unknown,
  ) => void
}

function loggerFor(name: LoggerName): Log {
  const to = name === 'audit' ? 'audit' : 'app'
  const method = (level: LogLevel) => {
    // The part that never changes is made once; a line begins with its time.
    const prefix = `,"level":"${level}","severity_number":${SEVERITY[level]},"logger":"${name}"`
    return (event: LogEvent, fields: Fields = {}, error?: unknown): void =>
      write(prefix, to, event, fields, error)
  }
  const debug = method('DEBUG')
  return {
    debug: (event, fields, error) => {
      if (setup?.debug) debug(event, fields, error)
    },
    info: method('INFO'),
    warning: method('WARNING'),
    error: method('ERROR'),
    critical: method('CRITICAL'),
  }
}

/** `audit` has a file of its own; the others share `app.log`. */
export const log: { readonly [N in LoggerName]: Log } = {
  http: loggerFor('http'),
  audit: loggerFor('audit'),
  grading: loggerFor('grading'),
  metrics: loggerFor('metrics'),
  security: loggerFor('security'),
  jobs: loggerFor('jobs'),
  app: loggerFor('app'),
}
