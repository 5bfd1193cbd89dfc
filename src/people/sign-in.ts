import { createHmac } from 'node:crypto'
import { isAPIError } from 'better-auth/api'
import type { AppendEvent } from '../audit/append.ts'
import { runWith } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import type { Auth } from './auth.ts'
import { peopleError } from './errors.ts'
import type { Credentials } from './read-sign-in.ts'
import { causeOf, findOpenSession } from './session.ts'
import {
  type AccountIds,
  type AttemptLimits,
  claimSignInAttempt,
  clearSignInAttempts,
  deleteExpiredSessions,
  deleteSession,
  findAccountByEmail,
  takeStreamPosition,
} from './store.ts'

export type SignInDeps = {
  readonly db: Database
  readonly auth: Auth
  readonly keys: Keys
  readonly appendEvent: AppendEvent
}

/** Who signed in, and the cookies that say so. */
export type SignedIn = { readonly account: AccountIds; readonly cookies: readonly string[] }

/** Ten tries at once, then one after 30 s, 60 s, 120 s … 15 min: four an hour for who guesses. */
const LIMITS: AttemptLimits = {
  free: 10,
  firstWaitSeconds: 30,
  longestWaitSeconds: 900,
  memorySeconds: 3_600,
}

/**
 * Opens a session. Throws `too-many-attempts` before the password is looked at, `wrong-credentials` alike for an
 * unknown address and a wrong password.
 * Rows: the session, the count of attempts; event `SIGN_IN`, of a failure too, on the stream of the account if there
 * is one. A success names the account as its actor; a failure leaves the context's, for nobody has proved anything.
 */
export async function signIn(deps: SignInDeps, credentials: Credentials): Promise<SignedIn> {
  const subject = subjectOf(deps.keys, credentials)
  await assertNotTooMany(deps.db, subject)
  const account = await findAccountByEmail(deps.db, credentials.email)
  const cookies = await openSession(deps.auth, credentials)
  if (!account || !cookies) {
    await recordRefusal(deps, account)
    throw peopleError('wrong-credentials')
  }
  await clearSignInAttempts(deps.db, subject, LIMITS)
  await deleteExpiredSessions(deps.db)
  await runWith({ actor: actorOf(account) }, async () => {
    await inTransaction(deps.db, (tx) => recordSignIn(deps, tx, account, true))
    log.security.info('session.opened')
  })
  return { account, cookies }
}

/** What attempts are counted by: the address, keyed, so that the table names nobody. */
function subjectOf(keys: Keys, { email }: Credentials): Sensitive<Buffer> {
  const hmac = createHmac('sha256', keys.sessionSecret)
  return new Sensitive(hmac.update(`sign-in:${reveal(email, 'sign-in')}`).digest())
}

async function assertNotTooMany(db: Database, subject: Sensitive<Buffer>): Promise<void> {
  const waitSeconds = await claimSignInAttempt(db, subject, LIMITS)
  if (waitSeconds === 0) return
  log.security.warning('session.refused', { 'auth.event': 'too-many-attempts' })
  throw peopleError('too-many-attempts', { retryAfterSeconds: waitSeconds })
}

/** The cookies of a new session, undefined when the library does not accept the credentials. */
async function openSession(
  auth: Auth,
  { email, password }: Credentials,
): Promise<readonly string[] | undefined> {
  const body = { email: reveal(email, 'sign-in'), password: reveal(password, 'sign-in') }
  try {
    // No header of the request goes in: the library could only learn of addresses and browsers from them.
    const { headers } = await auth.api.signInEmail({ body, headers: new Headers(), returnHeaders: true })
    return headers.getSetCookie()
  } catch (error) {
    if (isAPIError(error) && error.statusCode < 500) return undefined
    throw causeOf(error)
  }
}

async function recordRefusal(deps: SignInDeps, account: AccountIds | undefined): Promise<void> {
  if (account) await inTransaction(deps.db, (tx) => recordSignIn(deps, tx, account, false))
  log.security.warning('session.refused', { 'auth.event': account ? 'wrong-password' : 'unknown-address' })
}

async function recordSignIn(deps: SignInDeps, tx: Tx, account: AccountIds, success: boolean): Promise<void> {
  const stream = await takeStreamPosition(tx, account.accountId)
  await deps.appendEvent(tx, { action: 'SIGN_IN', stream, metadata: { success } })
}

/**
 * Ends the session of these headers, if there is one, and returns the cookies that make the browser forget it.
 * Rows: the session is deleted with its event `SIGN_OUT`, together or not at all.
 */
export async function signOut(deps: SignInDeps, headers: Headers): Promise<readonly string[]> {
  const open = await findOpenSession(deps, headers)
  if (open) {
    await runWith({ actor: actorOf(open.session) }, async () => {
      await inTransaction(deps.db, async (tx) => {
        // Signed out twice at the same time is one event.
        if (!(await deleteSession(tx, open.token))) return
        const stream = await takeStreamPosition(tx, open.session.accountId)
        await deps.appendEvent(tx, { action: 'SIGN_OUT', stream, metadata: {} })
      })
      log.security.info('session.closed')
    })
  }
  // The library's own deletion would hide a failure; here it finds nothing left and makes the cookies.
  const result = await deps.auth.api.signOut({ headers, returnHeaders: true })
  return result.headers.getSetCookie()
}

function actorOf(account: AccountIds) {
  return { kind: 'user', id: account.accountId, ref: account.actorRef, role: account.role } as const
}
