import { z } from 'zod'
import { AppError } from '../platform/errors.ts'

/** The only place where an error code becomes an HTTP status. A code that is not here is a fault of ours: 500. */
export const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  'invalid-request': 400,
  'malformed-body': 400,
  'malformed-upload': 400,
  'no-session': 401,
  'wrong-credentials': 401,
  'role-not-allowed': 403,
  'not-assigned': 403,
  'foreign-origin': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'account-exists': 409,
  'already-locked': 409,
  'copy-not-complete': 409,
  'illegal-transition': 409,
  'lock-expired': 409,
  'lock-token-mismatch': 409,
  'not-graded': 409,
  'not-locked': 409,
  'rubric-in-use': 409,
  'version-conflict': 409,
  'too-large': 413,
  'not-a-pdf': 415,
  'unsupported-media-type': 415,
  corrupt: 422,
  encrypted: 422,
  'no-pages': 422,
  'too-many-pages': 422,
  'page-too-large': 422,
  'invalid-rubric': 422,
  'invalid-score': 422,
  'invalid-annotation': 422,
  'invalid-email': 422,
  'weak-password': 422,
  'marks-incomplete': 422,
  'no-rubric': 422,
  'no-markers': 422,
  'not-a-marker': 422,
  'unknown-item': 422,
  'version-required': 428,
  'too-many-attempts': 429,
  'too-many-requests': 429,
  'database-unavailable': 503,
  'storage-full': 503,
  'shutting-down': 503,
}

/** RFC 9457 problem document. Further members are ids and closed words that tell the current state. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  requestId: z.string(),
})

export type Problem = z.output<typeof problemSchema>

/** The problem document of anything thrown. Foreign errors show as `internal`, with nothing of their own. */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = translate(error)
  const status = STATUS_OF_CODE[known.code] ?? 500
  const code = status === 500 ? 'internal' : known.code
  return {
    ...(status === 500 ? {} : known.problem),
    type: `/docs/errors/${code}`,
    title: status === 500 ? 'Something went wrong on our side.' : known.title,
    status,
    code,
    requestId,
  }
}

/** Translates the errors of the framework and of the connection to the database into ours. */
export function translate(error: unknown): AppError {
  if (error instanceof AppError) return error
  const code = codeOf(error)
  const foreign = code === undefined ? undefined : FOREIGN[code]
  if (foreign) return new AppError(foreign.code, { title: foreign.title, cause: error })
  if (code?.startsWith('08') || code?.startsWith('57P')) return databaseUnavailable(error)
  return new AppError('internal', { title: 'Something went wrong on our side.', cause: error })
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

function databaseUnavailable(cause: unknown): AppError {
  return new AppError('database-unavailable', {
    title: 'The database does not answer; try again in a moment.',
    retryAfterSeconds: 5,
    retryable: true,
    cause,
  })
}

const FOREIGN: Readonly<Record<string, { code: string; title: string }>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'malformed-body', title: 'The body is not valid JSON.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'malformed-body', title: 'The body is empty.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformed-body',
    title: 'The body does not have the length it declares.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too-large', title: 'The body is too large.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported-media-type',
    title: 'This media type is not accepted here.',
  },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    code: 'malformed-upload',
    title: 'The request is not a multipart upload.',
  },
  FST_NO_FORM_DATA: { code: 'malformed-upload', title: 'The upload has no form data.' },
  FST_ERR_VALIDATION: { code: 'invalid-request', title: 'The request is not as it should be.' },
  ECONNREFUSED: {
    code: 'database-unavailable',
    title: 'The database does not answer; try again in a moment.',
  },
  ENOSPC: { code: 'storage-full', title: 'The disk is full; nothing was stored.' },
}
