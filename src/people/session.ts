import { isAPIError } from 'better-auth/api'
import { Sensitive } from '../observability/sensitive.ts'
import { idSchema } from '../platform/contract.ts'
import { ROLES, type Session } from '../platform/http-route.ts'
import type { Auth } from './auth.ts'

export type OpenSession = {
  readonly session: Session
  readonly token: Sensitive<string>
}

/**
 * Who is signed in by the cookie of these headers: one query, nothing cached, so that signing out holds at once.
 * It does not extend the session; `GET /api/auth/get-session` does, and sends the extended cookie.
 */
export async function findSession(
  deps: { readonly auth: Auth },
  headers: Headers,
): Promise<Session | undefined> {
  return (await findOpenSession(deps, headers))?.session
}

/** As `findSession`, with the token of the session's row. */
export async function findOpenSession(
  { auth }: { readonly auth: Auth },
  headers: Headers,
): Promise<OpenSession | undefined> {
  try {
    return toOpenSession(await auth.api.getSession({ headers, query: { disableRefresh: true } }))
  } catch (error) {
    throw causeOf(error)
  }
}

/** As `findOpenSession`, and extends the session: the cookies must reach the browser. */
export async function extendSession(
  { auth }: { readonly auth: Auth },
  headers: Headers,
): Promise<{ readonly open: OpenSession | undefined; readonly cookies: readonly string[] }> {
  try {
    const result = await auth.api.getSession({ headers, returnHeaders: true })
    return { open: toOpenSession(result.response), cookies: result.headers.getSetCookie() }
  } catch (error) {
    throw causeOf(error)
  }
}

function toOpenSession(found: Awaited<ReturnType<Auth['api']['getSession']>>): OpenSession | undefined {
  const role = ROLES.find((word) => word === found?.user.role)
  if (!found || !role) return undefined
  return {
    session: {
      accountId: idSchema.parse(found.user.id),
      actorRef: idSchema.parse(found.user.actorRef),
      role,
    },
    token: new Sensitive(found.session.token),
  }
}

/** The library wraps the database's errors; the frame knows them and answers 503 instead of 500. */
export function causeOf(error: unknown): unknown {
  return isAPIError(error) && error.cause !== undefined ? error.cause : error
}
