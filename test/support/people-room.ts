import { createAppendEvent } from '../../src/audit/append.ts'
import { runInContext } from '../../src/observability/context.ts'
import { addAccount, type NewAccount } from '../../src/people/add-account.ts'
import { createAuth } from '../../src/people/auth.ts'
import { authRoutes, type PeopleDeps } from '../../src/people/routes.ts'
import { newId } from '../../src/platform/ids.ts'
import { createTestDatabase, runAs } from './database.ts'
import { makeKeys } from './keys.ts'

export const ORIGIN = 'http://127.0.0.1:3000'
export const PASSWORD = 'correct horse battery staple'

export type EventRow = {
  action: string
  seq: number
  actor_kind: string
  actor_ref: string | null
  metadata: object
}

/** This room on a database of its own, for one test file. */
export async function openTestRoom() {
  const database = await createTestDatabase()
  const keys = makeKeys()
  const { db } = database
  const auth = createAuth({ db, keys, origins: [ORIGIN] })
  const deps: PeopleDeps = { db, auth, keys, appendEvent: createAppendEvent({ keys }) }
  const routes = authRoutes(deps)
  return {
    deps,
    drop: database.drop,
    /** Runs a statement as a superuser: what only an administrator of the database could do or see. */
    query: <R extends object>(statement: string, values: unknown[] = []) =>
      runAs<R & Record<string, unknown>>(database.ownerUrl, statement, values),
    events: (accountId: string) =>
      runAs<EventRow>(
        database.ownerUrl,
        `select e.action, e.seq, e.actor_kind, e.actor_ref, e.metadata
           from audit_event e join people.account a on a.stream_ref = e.stream_ref
          where a.id = $1 order by e.seq`,
        [accountId],
      ),
    add: (account: Partial<NewAccount> = {}) =>
      inWork(() =>
        addAccount(deps, {
          email: `${newId()}@example.org`,
          name: 'Zoé Ωmega',
          role: 'marker',
          password: PASSWORD,
          ...account,
        }),
      ),
    /** Calls one of the three endpoints as the HTTP frame does. */
    call: async (path: string, init: { body?: object; headers?: Record<string, string> } = {}) => {
      const route = routes.find((candidate) => candidate.path === `/api/auth/${path}`)
      if (!route) throw new Error(`no endpoint ${path}`)
      const body = init.body ? { body: JSON.stringify(init.body) } : {}
      const headers = { origin: ORIGIN, 'content-type': 'application/json', ...init.headers }
      const request = new Request(`${ORIGIN}${route.path}`, { method: route.method, headers, ...body })
      return inWork(() => route.handle(request))
    },
  }
}

export type TestRoom = Awaited<ReturnType<typeof openTestRoom>>

export function inWork<T>(work: () => T): T {
  return runInContext({ requestId: newId(), actor: { kind: 'system' } }, work)
}

/** What a browser sends back of the cookies it was given. */
export function cookieOf(response: Response): string {
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')
  return cookies.join('; ')
}
