import type { FastifyRequest } from 'fastify'
import type { WorkContext } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import type { Access, Ownership, Session } from '../platform/http-route.ts'

/** Recognises who is signed in; it answers with opaque ids and a role, never with a name. */
export type FindSession = (headers: Headers) => Promise<Session | undefined>

/** The request's headers as the web standard has them. */
export function toHeaders(request: FastifyRequest): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

/** What the path of a request names: a copy or an exam. */
export type Subject = Pick<WorkContext, 'copyId' | 'examId'>

/** Whether the session owns what the path names, for each rule a route can declare. */
export type OwnershipRules = Readonly<
  Record<Exclude<Ownership, 'none'>, (session: Session, subject: Subject) => Promise<boolean>>
>

/** Throws `no-session` (401) or `role-not-allowed` (403) unless the route is for the caller's role. */
export function assertRole(access: Exclude<Access, 'public'>, session: Session | undefined): Session {
  if (!session) throw new AppError('no-session', { title: 'Sign in first.' })
  if (!access.roles.includes(session.role)) throw denied('role-not-allowed', 'Your role does not allow this.')
  return session
}

/** Throws `not-assigned` (403) unless what the path names is the caller's. */
export async function assertOwnership(
  access: Access,
  session: Session | undefined,
  subject: Subject,
  rules: OwnershipRules,
): Promise<void> {
  if (access === 'public' || access.ownership === 'none' || !session) return
  const isOwn = await rules[access.ownership](session, subject)
  if (!isOwn) throw denied('not-assigned', 'This is not assigned to you.')
}

function denied(code: 'role-not-allowed' | 'not-assigned', title: string): AppError {
  log.security.warning('access.denied', { 'error.code': code })
  return new AppError(code, { title })
}

/**
 * Throws `foreign-origin` when a browser says that a state change comes from another site. Programs send no Origin.
 */
export function assertOwnOrigin(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  origins: readonly string[],
): void {
  const origin = headers['origin']
  const isForeign = typeof origin === 'string' ? !origins.includes(origin) : origin !== undefined
  if (isForeign || headers['sec-fetch-site'] === 'cross-site') {
    throw new AppError('foreign-origin', { title: 'This request comes from another site.' })
  }
}
