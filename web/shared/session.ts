import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import type { SignedInView } from '../../src/people/contract.ts'
import { ask } from './ask.ts'
import { noteExtension } from './session-clock.ts'
import { SETTINGS_KEY } from './settings.ts'

export type Account = NonNullable<SignedInView['account']>
export type Role = Account['role']

const SESSION = ['session'] as const
const SESSION_OVER = ['session-over'] as const

/**
 * Who is signed in, null for nobody. Asking prolongs the session. Where it finds that the session has ended, or is somebody
 * else's by now, whoever is on the screen stays there until they sign in again: nothing is taken away from under them.
 */
export const sessionQuery = queryOptions({
  queryKey: SESSION,
  queryFn: async ({ client, signal }) => {
    const account = await askWho(signal)
    const before = client.getQueryData<Account | null>(SESSION)
    if (before && account?.id !== before.id) {
      noteSessionOver(client)
      return before
    }
    if (client.getQueryData(SESSION_OVER)) noteSessionBack(client)
    return account
  },
  staleTime: 60_000,
})

/** Asking extends the session. */
async function askWho(signal?: AbortSignal): Promise<Account | null> {
  const { account } = await ask('GET /api/auth/get-session', signal ? { signal } : {})
  if (account) noteExtension()
  return account
}

/** The account that is signed in; screens behind the sign-in always have one. */
export function useAccount(): Account | null {
  return useQuery(sessionQuery).data ?? null
}

/**
 * Opens a session. Who was signed in on this device goes on where they were; anybody else finds nothing of theirs.
 * Throws `wrong-credentials`, `too-many-attempts`, `too-many-requests`.
 */
export async function signIn(queries: QueryClient, email: string, password: string): Promise<Account | null> {
  const { account } = await ask('POST /api/auth/sign-in/email', { body: { email, password } })
  const before = queries.getQueryData(sessionQuery.queryKey)
  if (account?.id !== before?.id) await forgetLocally(queries, account?.id)
  queries.setQueryData(sessionQuery.queryKey, account)
  queries.setQueryData(SESSION_OVER, false)
  noteExtension()
  return account
}

/** Ends the session and takes away everything that this device keeps of it. */
export async function signOut(queries: QueryClient): Promise<void> {
  await ask('POST /api/auth/sign-out', {})
  await forgetSession(queries)
  signOuts?.postMessage(null)
}

/** Tells the other tabs of this browser that somebody meant to leave: they must not keep what this one forgets. */
const signOuts = 'BroadcastChannel' in globalThis ? new BroadcastChannel('paraph.sign-out') : undefined

/** Has what this tab keeps go when somebody signs out in another one; `then` leads to the sign-in. */
export function followSignOuts(queries: QueryClient, then: () => void): void {
  signOuts?.addEventListener('message', () => void forgetSession(queries).then(then))
}

async function forgetSession(queries: QueryClient): Promise<void> {
  await forgetLocally(queries)
  queries.setQueryData(sessionQuery.queryKey, null)
}

/** Says that somebody is still there, which extends the session, or finds that it is over. */
export async function extendSession(queries: QueryClient): Promise<void> {
  const account = await askWho()
  if (account?.id !== queries.getQueryData(sessionQuery.queryKey)?.id) noteSessionOver(queries)
}

/** The API no longer knows who asks. The screen stays as it is until somebody signs in, so that nothing is lost. */
export function noteSessionOver(queries: QueryClient): void {
  if (queries.getQueryData(sessionQuery.queryKey)) queries.setQueryData(SESSION_OVER, true)
}

/** The same account has signed in again, in another tab. What was refused meanwhile is asked anew. */
function noteSessionBack(queries: QueryClient): void {
  queries.setQueryData(SESSION_OVER, false)
  void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] })
}

/** Whether the account that is on the screen has to sign in again. */
export function useIsSessionOver(): boolean {
  return (
    useQuery({ queryKey: SESSION_OVER, queryFn: () => false, staleTime: Number.POSITIVE_INFINITY }).data ??
    false
  )
}

const forgetters = new Set<() => void>()

/** What a room keeps in memory of a person is to be taken away by `forget` when somebody else comes. */
export function whenForgotten(forget: () => void): void {
  forgetters.add(forget)
}

/**
 * Answers kept in memory, every database of this origin, and all of the storages but the settings of the device.
 * Whoever signs in finds the databases again that are named by the own account: they hold what was not sent yet.
 */
async function forgetLocally(queries: QueryClient, signedIn?: string): Promise<void> {
  queries.clear()
  for (const forget of forgetters) forget()
  sessionStorage.clear()
  for (const key of Object.keys(localStorage)) if (key !== SETTINGS_KEY) localStorage.removeItem(key)
  const databases = await indexedDB.databases()
  const isOwn = (name: string) => signedIn !== undefined && name.endsWith(signedIn)
  await Promise.all(databases.map(({ name }) => (name && !isOwn(name) ? deleteDatabase(name) : undefined)))
}

/** A tab that still has it open delays the deletion; it is carried out when that tab lets go. */
function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(name)
    request.onsuccess = () => resolve()
    request.onerror = () => resolve()
    request.onblocked = () => resolve()
  })
}
