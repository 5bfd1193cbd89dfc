import { COPY_STATUSES, type CopyStatus } from '../../src/copies/contract.ts'
import { assertTransition, type CopyMove, TRANSITIONS } from '../../src/copies/status.ts'
import { errorCodeOf } from '../../src/platform/errors.ts'
import type { Role } from '../../src/platform/http-route.ts'

// Who may call an endpoint is said by its route. What follows for those who may is said here: it is the part of the
// access table that is written by hand, because only use cases know it. `docs/access.md` shows both.

/** What an endpoint answers: the status of success, or the code of the refusal. */
export type Outcome = number | string

/** The states that an endpoint on a copy can meet. `none`: there is no such copy. `erased`: in any state. */
export const COPY_STATES = [
  'none',
  'erased',
  ...COPY_STATUSES.flatMap((status) =>
    status === 'LOCKED' ? (['LOCKED by you', 'LOCKED by another'] as const) : [status],
  ),
] as const
export type CopyState = (typeof COPY_STATES)[number]

export type Expectation = {
  /** What the address names. */
  readonly about: 'nothing' | 'exam' | 'batch' | 'upload' | 'event' | 'stream' | 'actor' | 'copy'
  /** Open to everybody, signed in or not. */
  readonly isPublic?: true
  readonly success: number
  /** When the exam, the batch or the like does not exist; `not-found` unless said otherwise. */
  readonly whenMissing?: Outcome
  /** What the state of the copy makes of it, where it is not the success. */
  readonly byState?: Partial<Record<CopyState, Outcome | Readonly<Partial<Record<Role, Outcome>>>>>
}

const everywhere = (success: number): Expectation => ({ about: 'nothing', success })
const openToAll = (success: number): Expectation => ({ about: 'nothing', success, isPublic: true })
const ofExam = (success: number, whenMissing?: Outcome): Expectation => ({
  about: 'exam',
  success,
  ...(whenMissing === undefined ? {} : { whenMissing }),
})
/** What is answered whatever the endpoint and the caller. */
const NO_COPY_OR_ERASED = { none: 'not-found', erased: 'copy-erased' } as const

/** The same answer in every state. */
const readsCopy = (byState: Expectation['byState'] = {}): Expectation => ({
  about: 'copy',
  success: 200,
  byState: { ...NO_COPY_OR_ERASED, ...byState },
})

/** Moves the copy, from the states that `copies/status.ts` names; elsewhere its refusal. */
function moves(
  success: number,
  names: readonly CopyMove[],
  except: Expectation['byState'] = {},
): Expectation {
  const refusals = COPY_STATUSES.flatMap((status) => {
    if (names.some((name) => TRANSITIONS[name].from === status)) return []
    return statesOf(status).map((state) => [state, refusalOf(status, names)] as const)
  })
  return {
    about: 'copy',
    success,
    byState: { ...NO_COPY_OR_ERASED, ...Object.fromEntries(refusals), ...except },
  }
}

function statesOf(status: CopyStatus): readonly CopyState[] {
  return status === 'LOCKED' ? ['LOCKED by you', 'LOCKED by another'] : [status]
}

function refusalOf(status: CopyStatus, names: readonly CopyMove[]): string {
  try {
    assertTransition(status, names[0] ?? 'validate')
  } catch (error) {
    return errorCodeOf(error)
  }
  throw new Error('the state machine takes what it should refuse')
}

/** What a tab that shows a token is told when the token is not that of a live lease. */
const NOT_YOUR_LEASE = { READY: 'lock-expired', 'LOCKED by another': 'lock-token-mismatch' } as const

/** Writes under the lease of this tab. */
const underLease = (success: number): Expectation => moves(success, ['unlock'], NOT_YOUR_LEASE)

/** A student is told of a copy that is their own and graded, and of no other that there is one. */
const ofOwnResult: Expectation = {
  about: 'copy',
  success: 200,
  byState: Object.fromEntries(
    COPY_STATES.filter((state) => state !== 'GRADED').map((state) => [state, 'not-assigned']),
  ),
}

/** Every endpoint of the application. One that is missing here fails the test. */
export const EXPECTED: Readonly<Record<string, Expectation>> = {
  'GET /livez': openToAll(200),
  'GET /readyz': openToAll(200),
  'GET /api/openapi.json': openToAll(200),
  'POST /api/auth/sign-in/email': openToAll(200),
  'POST /api/auth/sign-out': openToAll(200),
  'GET /api/auth/get-session': openToAll(200),

  'GET /api/my/account': everywhere(200),
  'GET /api/my/copies': everywhere(200),
  'GET /api/my/results': everywhere(200),
  'GET /api/my/results/:copyId': ofOwnResult,
  'GET /api/my/results/:copyId/pages/:pageNumber': ofOwnResult,
  'GET /api/my/results/:copyId/marked': ofOwnResult,
  'POST /api/accounts': everywhere(201),
  'GET /api/accounts': everywhere(200),

  'GET /api/audit/events': everywhere(200),
  'GET /api/audit/events/:eventId': { about: 'event', success: 200 },
  'GET /api/audit/log/checkpoint': everywhere(200),
  'GET /api/audit/log/keys': everywhere(200),
  'GET /api/audit/log/tile/:level/*': everywhere(200),
  'GET /api/audit/log/tile/entries/*': everywhere(200),
  'GET /api/audit/events/:eventId/proof': { about: 'event', success: 200 },
  'GET /api/audit/streams/:streamRef/proof': { about: 'stream', success: 200 },
  'POST /api/audit/reveal': { about: 'actor', success: 200 },

  'GET /api/operations/health': everywhere(200),
  'GET /api/operations/backlog': everywhere(200),
  'GET /api/operations/durations': everywhere(200),
  'GET /api/operations/incidents': everywhere(200),
  'GET /api/operations/search': everywhere(200),
  'GET /api/operations/trace': everywhere(200),
  'POST /api/operations/repairs': everywhere(200),

  'POST /api/exams': everywhere(201),
  'GET /api/exams': everywhere(200),
  'GET /api/exams/progress': everywhere(200),
  'GET /api/exams/:examId': ofExam(200),
  'PUT /api/exams/:examId/rubric': ofExam(200),
  'PUT /api/exams/:examId/code-pattern': ofExam(200),
  'PUT /api/exams/:examId/release': ofExam(200),
  'POST /api/exams/:examId/markers': ofExam(200),
  // A list of what belongs to no exam is empty.
  'GET /api/exams/:examId/students': ofExam(200, 200),
  'POST /api/exams/:examId/batches': ofExam(201),
  // Lists of what belongs to no exam are empty.
  'GET /api/exams/:examId/batches': ofExam(200, 200),
  'GET /api/exams/:examId/copies': ofExam(200, 200),
  'POST /api/exams/:examId/dispatch': ofExam(200),
  'GET /api/exams/:examId/exports/scores': ofExam(200),
  'GET /api/batches/:batchId': { about: 'batch', success: 200 },
  'GET /api/batches/:batchId/pages': { about: 'batch', success: 200 },
  'POST /api/copies': everywhere(201),
  'POST /api/page-operations/:operationId/undo': everywhere(200),

  // Pages may be put right as long as their copy may still be declared complete.
  'GET /api/pages/:pageId/image': readsCopy(),
  'POST /api/pages/:pageId/rotate': moves(200, ['validate']),
  'POST /api/pages/:pageId/number': moves(200, ['validate']),
  'POST /api/pages/:pageId/move': moves(200, ['validate']),
  'POST /api/pages/:pageId/discard': moves(200, ['validate']),
  'POST /api/pages/:pageId/restore': moves(200, ['validate'], { STAGING: 'review-not-possible' }),
  'POST /api/pages/:pageId/replace': moves(200, ['validate']),
  'POST /api/copies/:copyId/reorder': moves(200, ['validate']),
  'POST /api/copies/:copyId/split': moves(200, ['validate'], { STAGING: 'review-not-possible' }),
  'POST /api/copies/:copyId/merge': moves(200, ['validate']),
  'GET /api/batches/:batchId/progress': { about: 'batch', success: 200 },
  'POST /api/uploads': everywhere(201),
  'GET /api/uploads': everywhere(200),
  'GET /api/uploads/:uploadId': { about: 'upload', success: 200 },
  'PATCH /api/uploads/:uploadId': { about: 'upload', success: 204 },
  'POST /api/uploads/:uploadId/finish': { about: 'upload', success: 201 },
  'DELETE /api/uploads/:uploadId': { about: 'upload', success: 204 },

  'GET /api/copies/:copyId': readsCopy({ erased: 200 }),
  'GET /api/copies/:copyId/pages': readsCopy(),
  'GET /api/copies/:copyId/page-sizes': readsCopy(),
  'GET /api/copies/:copyId/pages/:pageNumber': readsCopy(),
  'GET /api/copies/:copyId/original': readsCopy(),
  'GET /api/copies/:copyId/events': readsCopy({ erased: 200 }),
  'GET /api/copies/:copyId/annotations': readsCopy(),
  'GET /api/copies/:copyId/scores': readsCopy(),
  'GET /api/copies/:copyId/finalize': readsCopy(),
  'GET /api/copies/:copyId/marked': readsCopy({
    STAGING: 'not-graded',
    READY: 'not-graded',
    'LOCKED by you': 'not-graded',
    'LOCKED by another': 'not-graded',
    GRADING_IN_PROGRESS: 'not-graded',
    GRADING_FAILED: 'not-graded',
  }),

  // Whose copy it is can be said in every state.
  'PUT /api/copies/:copyId/student': { ...readsCopy(), success: 204 },
  'DELETE /api/copies/:copyId/student': { ...readsCopy(), success: 204 },

  'POST /api/copies/:copyId/validate': moves(200, ['validate']),
  'POST /api/copies/:copyId/send-back': moves(200, ['send-back']),
  'POST /api/copies/:copyId/lock': moves(200, ['lock'], {
    'LOCKED by you': 'already-locked',
    'LOCKED by another': 'already-locked',
  }),
  'POST /api/copies/:copyId/lock/heartbeat': underLease(200),
  'POST /api/copies/:copyId/lock/take-over': moves(200, ['take-over'], {
    'LOCKED by another': { admin: 200, marker: 'already-locked' },
  }),
  'POST /api/copies/:copyId/unlock': moves(200, ['unlock', 'correct'], NOT_YOUR_LEASE),
  'POST /api/copies/:copyId/force-release': moves(200, ['force-release']),
  'POST /api/copies/:copyId/annotations': underLease(201),
  'PATCH /api/copies/:copyId/annotations/:annotationId': underLease(200),
  'DELETE /api/copies/:copyId/annotations/:annotationId': underLease(204),
  'PUT /api/copies/:copyId/scores/:itemId': underLease(200),
  'PUT /api/copies/:copyId/remarks/:itemId': underLease(200),
  'PUT /api/copies/:copyId/comment': underLease(200),
  // Asked again while it runs, or once it is done, it changes nothing and says where it stands.
  'POST /api/copies/:copyId/finalize': moves(202, ['finalize'], {
    ...NOT_YOUR_LEASE,
    GRADING_IN_PROGRESS: 202,
    GRADED: 200,
  }),
  'POST /api/copies/:copyId/retry': moves(202, ['retry']),
  'POST /api/copies/:copyId/reopen': moves(200, ['reopen']),
}
