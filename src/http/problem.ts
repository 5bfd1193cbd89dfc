import { z } from 'zod'
import { ERROR_CODES, type ErrorCode } from '../observability/error-codes.ts'
import { isConnectionLost } from '../platform/connection-lost.ts'
import { AppError } from '../platform/errors.ts'

/** The only place where an error code becomes an HTTP status. A code that is not here is a fault of ours: 500. */
export const STATUS_OF_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  'invalid-request': 400,
  'malformed-body': 400,
  'malformed-request': 400,
  'malformed-upload': 400,
  'no-session': 401,
  'wrong-credentials': 401,
  'role-not-allowed': 403,
  'not-assigned': 403,
  'foreign-origin': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'request-timeout': 408,
  'account-exists': 409,
  'already-locked': 409,
  'copy-has-student': 409,
  'copy-not-complete': 409,
  'duplicate-scan': 409,
  'event-not-provable': 409,
  'illegal-transition': 409,
  'lock-expired': 409,
  'lock-token-mismatch': 409,
  'not-graded': 409,
  'not-locked': 409,
  'repair-not-applicable': 409,
  'review-not-possible': 409,
  'rubric-in-use': 409,
  'student-has-copy': 409,
  'upload-offset-differs': 409,
  'version-conflict': 409,
  'copy-erased': 410,
  'upload-version-unsupported': 412,
  'too-large': 413,
  'not-a-pdf': 415,
  'unsupported-media-type': 415,
  'expectation-failed': 417,
  corrupt: 422,
  encrypted: 422,
  'no-pages': 422,
  'too-many-pages': 422,
  'page-too-large': 422,
  'idempotency-key-reused': 422,
  'invalid-code-pattern': 422,
  'invalid-rubric': 422,
  'invalid-score': 422,
  'invalid-annotation': 422,
  'invalid-email': 422,
  'weak-password': 422,
  'marks-incomplete': 422,
  'query-too-wide': 422,
  'no-rubric': 422,
  'split-not-possible': 422,
  'no-markers': 422,
  'not-a-marker': 422,
  'not-a-student': 422,
  'unknown-item': 422,
  'upload-differs': 422,
  'version-required': 428,
  'too-many-attempts': 429,
  'too-many-requests': 429,
  'headers-too-large': 431,
  'database-unavailable': 503,
  'shutting-down': 503,
  'storage-full': 507,
}

/** RFC 9457 problem document. Further members are ids and closed words that tell the current state. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(ERROR_CODES),
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
  try {
    return error instanceof AppError ? error : translateForeign(error)
  } catch {
    // An error whose own members throw when they are read.
    return new AppError('internal', { title: 'Something went wrong on our side.' })
  }
}

function translateForeign(error: unknown): AppError {
  const code = codeOf(error)
  const foreign = FOREIGN[code ?? ''] ?? WITHOUT_CODE[messageOf(error) ?? ''] ?? refusalOf(error, code)
  if (foreign) return new AppError(foreign.code, { title: foreign.title, cause: error })
  if (isConnectionLost(error)) return databaseUnavailable(error)
  return new AppError('internal', { title: 'Something went wrong on our side.', cause: error })
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

function messageOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined
}

/** What the framework itself refuses with a status of the caller's fault, and nobody named above. */
function refusalOf(error: unknown, code: string | undefined): Foreign | undefined {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown }
  const isRefusal =
    code?.startsWith('FST_') && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
  return isRefusal ? { code: 'invalid-request', title: 'The request is not as it should be.' } : undefined
}

function databaseUnavailable(cause: unknown): AppError {
  return new AppError('database-unavailable', {
    title: 'The database does not answer; try again in a moment.',
    retryAfterSeconds: 5,
    retryable: true,
    cause,
  })
}

type Foreign = { readonly code: ErrorCode; readonly title: string }

const FOREIGN: Readonly<Record<string, Foreign>> = {
  FST_ERR_BAD_URL: { code: 'malformed-request', title: 'The address is not well formed.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not-found', title: 'There is nothing here.' },
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
  FST_FILES_LIMIT: { code: 'malformed-upload', title: 'An upload is one file.' },
  FST_PARTS_LIMIT: { code: 'malformed-upload', title: 'An upload is one file.' },
  FST_FIELDS_LIMIT: { code: 'malformed-upload', title: 'An upload is one file, without fields.' },
  FST_PROTO_VIOLATION: { code: 'malformed-upload', title: 'The field of the file has a forbidden name.' },
  FST_MP_PREMATURE_CLOSE: { code: 'malformed-upload', title: 'The upload broke off.' },
  FST_ERR_VALIDATION: { code: 'invalid-request', title: 'The request is not as it should be.' },
  ENOSPC: { code: 'storage-full', title: 'The disk is full; nothing was stored.' },
}

/** Sentences of Node and of the multipart parser, whose errors have no code of their own. */
const WITHOUT_CODE: Readonly<Record<string, Foreign>> = {
  aborted: { code: 'malformed-body', title: 'The body broke off.' },
  'Multipart: Boundary not found': { code: 'malformed-upload', title: 'The upload names no boundary.' },
  'The needle cannot be an empty String/Buffer.': {
    code: 'malformed-upload',
    title: 'The upload names no boundary.',
  },
  'The needle cannot have a length bigger than 256.': {
    code: 'malformed-upload',
    title: 'The boundary of the upload is too long.',
  },
  'Unexpected end of multipart data': { code: 'malformed-upload', title: 'The upload broke off.' },
  'Part terminated early due to unexpected end of multipart data': {
    code: 'malformed-upload',
    title: 'The upload broke off.',
  },
}
