/**
 * A request that did not come to its answer. `code` is that of the problem document, or `unreachable` when nothing
 * answered, or `unknown-answer`; `facts` are the further members of the document.
 */
export class RequestFailed extends Error {
  readonly code: string
  /** 0 when nothing answered. */
  readonly status: number
  readonly requestId: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly facts: Readonly<Record<string, unknown>>

  constructor(options: {
    code: string
    status: number
    requestId?: string | undefined
    retryAfterSeconds?: number | undefined
    facts?: Readonly<Record<string, unknown>>
  }) {
    super(options.code)
    this.name = 'RequestFailed'
    this.code = options.code
    this.status = options.status
    this.requestId = options.requestId
    this.retryAfterSeconds = options.retryAfterSeconds
    this.facts = options.facts ?? {}
  }
}

/** Whether asking again may help: nothing answered, or the service said that it comes back. */
export function isPassing(error: unknown): boolean {
  return error instanceof RequestFailed && (error.status === 0 || error.status === 503)
}
