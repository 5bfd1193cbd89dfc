import type { FastifyRequest } from 'fastify'
import { runInContext, type WorkContext } from '../observability/context.ts'
import type { ErrorCode } from '../observability/error-codes.ts'
import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import { type FindSession, toHeaders } from './session.ts'

/** What a signed-in account was refused: by its role, by ownership, or by the origin of its request. */
export type Denial = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The template of the route. */
  readonly route: string
  readonly error_code: ErrorCode
}

/** Told of every denial before its answer leaves. What it throws is logged, and changes nothing. */
export type OnDenied = (session: Session, denial: Denial) => Promise<void>

const DENIALS: ReadonlySet<ErrorCode> = new Set(['role-not-allowed', 'not-assigned', 'foreign-origin'])

type DenialDeps = {
  readonly findSession: FindSession
  readonly contextOf: (request: FastifyRequest) => WorkContext
  readonly setActor: (request: FastifyRequest, session: Session) => void
  readonly onDenied: OnDenied
}

/** Runs `work`, and tells of the denial that it throws. Throws what `work` throws. */
export async function tellDenied<T>(
  options: DenialDeps,
  request: FastifyRequest,
  route: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && DENIALS.has(error.code)) await tell(error.code)
    throw error
  }

  async function tell(code: ErrorCode): Promise<void> {
    try {
      // An origin is refused before anybody is asked who it is.
      const session = await options.findSession(toHeaders(request))
      if (!session) return
      options.setActor(request, session)
      const denial = { method: request.method as Denial['method'], route, error_code: code }
      await runInContext(options.contextOf(request), () => options.onDenied(session, denial))
    } catch (failure) {
      log.security.error('access.denial-unrecorded', { 'error.code': code }, failure)
    }
  }
}
