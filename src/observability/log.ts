import pino from 'pino'
import { findContext } from './context.ts'
import type { LogEvent } from './events.ts'
import { type Fields, HEAD_FIELDS, writeFields } from './fields.ts'
import { describeError } from './opaque-error.ts'

export type LoggerName = 'http' | 'audit' | 'grading' | 'metrics' | 'security' | 'jobs' | 'app'

/** Level words of R2.1 with OpenTelemetry's severity numbers. */
const SEVERITY = { DEBUG: 5, INFO: 9, WARNING: 13, ERROR: 17, CRITICAL: 21 } as const
export type LogLevel = keyof typeof SEVERITY
type PinoMethod = 'debug' | 'info' | 'warn' | 'error' | 'fatal'
const METHOD: Record<LogLevel, PinoMethod> = {
  DEBUG: 'debug',
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'error',
  CRITICAL: 'fatal',
}

export type LogDestination = { write(line: string): void }
export type LogSetup = {
  readonly audit: LogDestination
  readonly app: LogDestination
  readonly now: () => Date
  readonly debug?: boolean
  readonly onDropped?: (count: number) => void
}

type Sink = { audit: pino.Logger; app: pino.Logger; onDropped: ((count: number) => void) | undefined }
let sink: Sink | undefined

/** Sends all lines of this process to the given destinations. Before the first call lines go nowhere. */
export function configureLogging(setup: LogSetup | undefined): void {
  if (!setup) {
    sink = undefined
    return
  }
  const options: pino.LoggerOptions = {
    base: null,
    level: setup.debug ? 'debug' : 'info',
    // The line begins with its time; pino would put the level first, so level and the rest travel as fields.
    formatters: { level: () => ({}) },
    timestamp: () => `"time":"${setup.now().toISOString()}"`,
  }
  sink = { audit: pino(options, setup.audit), app: pino(options, setup.app), onDropped: setup.onDropped }
}

function write(logger: LoggerName, level: LogLevel, event: LogEvent, fields: Fields, error: unknown): void {
  if (!sink) return
  const context = findContext()
  const line: Record<string, unknown> = { level, severity_number: SEVERITY[level], logger }
  const head = {
    event,
    request_id: context?.requestId,
    user_id: context && (context.actor.kind === 'user' ? context.actor.id : context.actor.kind),
  }
  let dropped = writeFields(line, head, HEAD_FIELDS)
  if (context) {
    dropped += writeFields(line, {
      'job.id': context.jobId,
      'job.attempt': context.attempt,
      'copy.id': context.copyId,
      'exam.id': context.examId,
    })
  }
  if (error !== undefined) dropped += writeFields(line, describeError(error))
  dropped += writeFields(line, fields)
  if (dropped > 0) sink.onDropped?.(dropped)
  const destination = logger === 'audit' ? sink.audit : sink.app
  destination[METHOD[level]](line)
}

/** One method per level: an event of the catalogue, fields of the registry, and the error it is about, if any. */
export type Log = {
  readonly [L in Lowercase<LogLevel>]: (event: LogEvent, fields?: Fields, error?: unknown) => void
}

function loggerFor(name: LoggerName): Log {
  return {
    debug: (event, fields = {}, error) => write(name, 'DEBUG', event, fields, error),
    info: (event, fields = {}, error) => write(name, 'INFO', event, fields, error),
    warning: (event, fields = {}, error) => write(name, 'WARNING', event, fields, error),
    error: (event, fields = {}, error) => write(name, 'ERROR', event, fields, error),
    critical: (event, fields = {}, error) => write(name, 'CRITICAL', event, fields, error),
  }
}

/** The seven loggers of R2.5. `audit` has a file of its own; the others share `app.log`. */
export const log: { readonly [N in LoggerName]: Log } = {
  http: loggerFor('http'),
  audit: loggerFor('audit'),
  grading: loggerFor('grading'),
  metrics: loggerFor('metrics'),
  security: loggerFor('security'),
  jobs: loggerFor('jobs'),
  app: loggerFor('app'),
}
