import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import type { Access, Ownership, Session } from '../platform/http-route.ts'

/** Recognises who is signed in; it answers with opaque ids and a role, never with a name. */
export type FindSession = (headers: Headers) => Promise<Session | undefined>

/** Whether the session owns what the path names, for each rule a route can declare. */
export type OwnershipRules = Readonly<
  Record<
    Exclude<Ownership, 'none'>,
    (session: Session, params: Readonly<Record<string, string>>) => Promise<boolean>
  >
>

/** Throws `no-session` (401), or `role-not-allowed` / `not-assigned` (403), unless the route is open to the caller. */
export async function assertAccess(
  access: Exclude<Access, 'public'>,
  session: Session | undefined,
  params: Readonly<Record<string, string>>,
  rules: OwnershipRules,
): Promise<Session> {
  if (!session) throw new AppError('no-session', { title: 'Sign in first.' })
  if (!access.roles.includes(session.role)) throw denied('role-not-allowed', 'Your role does not allow this.')
  if (access.ownership !== 'none' && !(await rules[access.ownership](session, params))) {
    throw denied('not-assigned', 'This is not assigned to you.')
  }
  return session
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
