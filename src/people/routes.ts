import { reveal } from '../observability/sensitive.ts'
import { defineRoute, type RawRoute, ROLES, type Route } from '../platform/http-route.ts'
import { addAccount } from './add-account.ts'
import {
  accountList,
  addedAccount,
  myAccount,
  newAccount,
  revealedActor,
  revealRequest,
  type SignedInView,
  signedInView,
  signInRequest,
} from './contract.ts'
import { readSignIn } from './read-sign-in.ts'
import { revealActor } from './reveal-actor.ts'
import { extendSession } from './session.ts'
import { type SignInDeps, signIn, signOut } from './sign-in.ts'
import { getAccount, listAccounts } from './store.ts'

/** What this room is given by `bin`. */
export type PeopleDeps = SignInDeps

/** Accounts over HTTP. */
export function peopleRoutes(deps: PeopleDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/accounts',
      summary: 'Make an account.',
      access: { roles: ['admin'], ownership: 'none' },
      body: newAccount,
      status: 201,
      response: addedAccount,
      handle: async ({ body }) => {
        const { accountId, actorRef, role } = await addAccount(deps, body)
        return { id: accountId, actorRef, role }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/accounts',
      summary: 'The accounts, oldest first.',
      access: { roles: ['admin'], ownership: 'none' },
      response: accountList,
      handle: async () => ({
        accounts: (await listAccounts(deps.db)).map((account) => ({
          ...account,
          name: reveal(account.name, 'show-to-entitled-user'),
          email: reveal(account.email, 'show-to-entitled-user'),
          createdAt: account.createdAt.toISOString(),
        })),
      }),
    }),
    defineRoute({
      method: 'POST',
      path: '/api/audit/reveal',
      summary: 'Who it is that events name as their actor, for a reason that is kept.',
      access: { roles: ['auditor'], ownership: 'none' },
      body: revealRequest,
      response: revealedActor,
      handle: async ({ session, body }) => {
        const { name, role } = await revealActor(deps, session, body)
        return { name: reveal(name, 'show-to-entitled-user'), role }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/my/account',
      summary: 'Who is signed in.',
      access: { roles: ROLES, ownership: 'none' },
      response: myAccount,
      handle: async ({ session }) => {
        const account = await getAccount(deps.db, session.accountId)
        return { ...account, name: reveal(account.name, 'show-to-entitled-user') }
      },
    }),
  ]
}

/** Signing in and out. The frame has checked the origin and opened the context. */
export function authRoutes(deps: PeopleDeps): readonly RawRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/auth/sign-in/email',
      summary: 'Sign in; the answer sets the session cookie.',
      body: signInRequest,
      response: signedInView,
      isSignIn: true,
      handle: async (request) => {
        const { account, cookies } = await signIn(deps, await readSignIn(request))
        return answer({ account: { id: account.accountId, role: account.role } }, cookies)
      },
    },
    {
      method: 'POST',
      path: '/api/auth/sign-out',
      summary: 'Sign out; the session ends at once.',
      response: signedInView,
      handle: async (request) => {
        const farewell = answer({ account: null }, await signOut(deps, request.headers))
        // The pictures of pages may be kept, and whoever uses this browser next is somebody else.
        farewell.headers.set('clear-site-data', '"cache"')
        return farewell
      },
    },
    {
      method: 'GET',
      path: '/api/auth/get-session',
      summary: 'Who is signed in; prolongs the session.',
      response: signedInView,
      handle: async (request) => {
        const { open, cookies } = await extendSession(deps, request.headers)
        const account = open ? { id: open.session.accountId, role: open.session.role } : null
        return answer({ account }, cookies)
      },
    },
  ]
}

function answer(body: SignedInView, cookies: readonly string[]): Response {
  const response = Response.json(body, { headers: { 'cache-control': 'no-store' } })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
