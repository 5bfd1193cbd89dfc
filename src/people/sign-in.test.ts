import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieOf, openTestRoom, PASSWORD, type TestRoom } from '../../test/support/people-room.ts'
import { findSession } from './session.ts'

let room: TestRoom
beforeAll(async () => {
  room = await openTestRoom()
})
afterAll(() => room.drop())

function signIn(email: string, password = PASSWORD, headers: Record<string, string> = {}) {
  return room.call('sign-in/email', { body: { email, password }, headers })
}
function sessionOf(cookie: string) {
  return findSession(room.deps, new Headers({ cookie }))
}

test('signing in gives a session that is found until signing out, and then at once no more', async () => {
  const account = await room.add({ email: 'whole@example.org', role: 'admin' })
  const response = await signIn('Whole@Example.org')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ account: { id: account.accountId, role: 'admin' } })
  const cookie = cookieOf(response)
  expect(await sessionOf(cookie)).toEqual(account)

  const farewell = await room.call('sign-out', { headers: { cookie } })
  expect(farewell.status).toBe(200)
  expect(farewell.headers.getSetCookie().join()).toMatch(/paraph\.session_token=; Max-Age=0/)
  expect(farewell.headers.get('clear-site-data')).toBe('"cache"')
  expect(await sessionOf(cookie)).toBeUndefined()

  const actor = { actor_kind: 'user', actor_ref: account.actorRef }
  expect(await room.events(account.accountId)).toMatchObject([
    { action: 'ADD_ACCOUNT', seq: 1 },
    { action: 'SIGN_IN', seq: 2, metadata: { success: true }, ...actor },
    { action: 'SIGN_OUT', seq: 3, metadata: {}, ...actor },
  ])
})

test('the cookie is out of reach of scripts and lasts twelve hours', async () => {
  await room.add({ email: 'cookie@example.org' })
  const cookies = (await signIn('cookie@example.org')).headers.getSetCookie()
  expect(cookies).toHaveLength(1)
  expect(cookies[0]).toMatch(/^paraph\.session_token=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/)
})

test('a wrong password is refused and leaves an event that names no one as its actor', async () => {
  const { accountId } = await room.add({ email: 'wrong@example.org' })
  await expect(signIn('wrong@example.org', 'not the right password')).rejects.toMatchObject({
    code: 'wrong-credentials',
  })
  expect((await room.events(accountId)).slice(1)).toEqual([
    { action: 'SIGN_IN', seq: 2, actor_kind: 'system', actor_ref: null, metadata: { success: false } },
  ])
})

test('an unknown address is refused with the same words and leaves no event', async () => {
  await room.add({ email: 'known@example.org' })
  const known = await signIn('known@example.org', 'not the right password').catch((error) => error)
  const before = await room.query('select from audit_event')
  const unknown = await signIn('unknown@example.org').catch((error) => error)
  expect([unknown.code, unknown.title]).toEqual([known.code, known.title])
  expect(await room.query('select from audit_event')).toHaveLength(before.length)
})

test('neither the address nor the browser of a client is stored anywhere', async () => {
  await room.add({ email: 'private@example.org' })
  const traces = { 'user-agent': 'LeakProbe/7.0', 'x-forwarded-for': '203.0.113.77' }
  const cookie = cookieOf(await signIn('private@example.org', PASSWORD, traces))
  await room.call('get-session', { headers: { cookie, ...traces } })
  const tables = await room.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('people', 'public')`,
  )
  expect(tables.map((table) => table.name)).toContain('people.session')
  const rows = await Promise.all(tables.map(({ name }) => room.query(`select t::text as row from ${name} t`)))
  const everything = JSON.stringify(rows)
  expect(everything).toContain('private@example.org')
  expect(everything).not.toContain('LeakProbe')
  expect(everything).not.toContain('203.0.113')
})

test('a session is extended to twelve hours again where the browser gets the new cookie, not elsewhere', async () => {
  const { accountId } = await room.add({ email: 'sliding@example.org' })
  const cookie = cookieOf(await signIn('sliding@example.org'))
  const age = `update people.session set expires_at = expires_at - interval '5 hours' where account_id = $1`
  const left = `select extract(epoch from expires_at - now()) / 3600 as hours from people.session where account_id = $1`
  const hoursLeft = async () => Number((await room.query<{ hours: string }>(left, [accountId]))[0]?.hours)
  await room.query(age, [accountId])
  await sessionOf(cookie)
  expect(await hoursLeft()).toBeCloseTo(7, 1)
  const response = await room.call('get-session', { headers: { cookie } })
  expect(await response.json()).toEqual({ account: { id: accountId, role: 'marker' } })
  expect(cookieOf(response)).toBe(cookie)
  expect(await hoursLeft()).toBeCloseTo(12, 1)
})

test('a session that is over is not found, and the next sign-in sweeps it', async () => {
  const { accountId } = await room.add({ email: 'over@example.org' })
  const cookie = cookieOf(await signIn('over@example.org'))
  await room.query(`update people.session set expires_at = now() where account_id = $1`, [accountId])
  expect(await sessionOf(cookie)).toBeUndefined()
  await signIn('over@example.org')
  const rows = await room.query('select from people.session where account_id = $1', [accountId])
  expect(rows).toHaveLength(1)
})

test('a cookie that Paraph did not sign opens nothing', async () => {
  await room.add({ email: 'forged@example.org' })
  const cookie = cookieOf(await signIn('forged@example.org'))
  const [token] = cookie.split('.').slice(1)
  expect(await sessionOf(`paraph.${token}.${'A'.repeat(43)}%3D`)).toBeUndefined()
  expect(await sessionOf(`paraph.${token}`)).toBeUndefined()
  expect(await sessionOf('')).toBeUndefined()
})

test('without a session, get-session names nobody and signing out changes nothing', async () => {
  expect(await (await room.call('get-session')).json()).toEqual({ account: null })
  expect((await room.call('sign-out')).status).toBe(200)
})

test('signing out twice at the same time is one event', async () => {
  const { accountId } = await room.add({ email: 'twice@example.org' })
  const cookie = cookieOf(await signIn('twice@example.org'))
  await Promise.all([1, 2, 3].map(() => room.call('sign-out', { headers: { cookie } })))
  const actions = (await room.events(accountId)).map((event) => event.action)
  expect(actions).toEqual(['ADD_ACCOUNT', 'SIGN_IN', 'SIGN_OUT'])
})

test('an accented password is the same from every keyboard', async () => {
  await room.add({ email: 'accents@example.org', password: 'élève à la fenêtre'.normalize('NFC') })
  expect((await signIn('accents@example.org', 'élève à la fenêtre'.normalize('NFD'))).status).toBe(200)
})

test.each([
  ['no body', undefined, 'malformed-body', undefined],
  ['a missing password', { email: 'a@example.org' }, 'invalid-request', 'body.password'],
  [
    'a password that is not text',
    { email: 'a@example.org', password: 7 },
    'invalid-request',
    'body.password',
  ],
])('a sign-in with %s is refused without its values', async (_what, body, code, path) => {
  const error = await room.call('sign-in/email', body ? { body } : {}).catch((thrown) => thrown)
  expect(error.code).toBe(code)
  expect(error.problem.fields?.[0].path).toBe(path)
})
