import type { ErrorCode } from '../observability/error-codes.ts'
import type { Fields } from '../observability/fields.ts'

export type AppErrorOptions = {
  /** A safe sentence for a person; it never quotes a value that somebody sent. */
  readonly title: string
  /** What the log may say of it: registered fields, opaque ids, counts and closed words. */
  readonly logContext?: Fields
  /** Members added to the problem document, such as the current state. Ids and closed words only. */
  readonly problem?: Readonly<Record<string, unknown>>
  /** Whether trying again may succeed without anybody changing anything. */
  readonly retryable?: boolean
  readonly retryAfterSeconds?: number
  /** The process is stopping: nothing was decided, and the work is somebody else's to begin anew. */
  readonly isInterruption?: boolean
  readonly cause?: unknown
}

/**
 * An error that Paraph raises on purpose. Everything else that is thrown counts as `internal`.
 * `code` is stable, kebab-case and documented; `http/problem.ts` maps it to a status.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly title: string
  readonly logContext: Fields
  readonly problem: Readonly<Record<string, unknown>>
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined
  readonly isInterruption: boolean

  constructor(code: ErrorCode, options: AppErrorOptions) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.title = options.title
    this.logContext = options.logContext ?? {}
    this.problem = options.problem ?? {}
    this.retryable = options.retryable ?? false
    this.retryAfterSeconds = options.retryAfterSeconds
    this.isInterruption = options.isInterruption ?? false
  }
}

/** Whether work ended because its process is stopping, so that neither success nor failure may be recorded. */
export function isInterruption(error: unknown): boolean {
  return error instanceof AppError && error.isInterruption
}

/** The stable code of anything thrown: an `AppError`'s own, `internal` for the rest. */
export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof AppError ? error.code : 'internal'
}
