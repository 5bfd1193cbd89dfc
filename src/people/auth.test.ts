import { getMigrations } from 'better-auth/db/migration'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ORIGIN, openTestRoom, PASSWORD, type TestRoom } from '../../test/support/people-room.ts'
import { configureLogging } from '../observability/log.ts'
import { createAuth } from './auth.ts'
import { writeLibraryLog } from './auth-log.ts'

let room: TestRoom
beforeAll(async () => {
  room = await openTestRoom()
})
afterAll(() => room.drop())
afterEach(() => configureLogging(undefined))

const STRANGER = { email: 'stranger@example.org', name: 'A stranger', password: PASSWORD }

test('nobody can make an account without an administrator', async () => {
  const request = new Request(`${ORIGIN}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { origin: ORIGIN, 'content-type': 'application/json' },
    body: JSON.stringify(STRANGER),
  })
  const response = await room.deps.auth.handler(request)
  expect(response.status).toBe(400)
  // The reason matters: an account without a role would be refused even if sign-up were open.
  expect(await response.json()).toMatchObject({ code: 'EMAIL_PASSWORD_SIGN_UP_DISABLED' })
  await expect(room.call('sign-up/email', { body: STRANGER })).rejects.toThrow('no endpoint')
  expect(await room.query('select from people.account')).toHaveLength(0)
})

test('the sign-in library finds nothing to add to the migrated schema', async () => {
  const plan = await getMigrations(room.deps.auth.options)
  expect(plan.toBeCreated).toEqual([])
  expect(plan.toBeAdded).toEqual([])
  expect(plan.toBeAddedIndexes).toEqual([])
  expect(plan.schemaProblems).toEqual([])
})

test('the sign-in library would notice a table that the migration had forgotten', async () => {
  const { options } = room.deps.auth
  const plan = await getMigrations({ ...options, session: { ...options.session, modelName: 'forgotten' } })
  expect(plan.toBeCreated.map((table) => table.table)).toEqual(['forgotten'])
})

test('the cookie is for https alone as soon as one origin is https', async () => {
  const { db, keys } = room.deps
  const overHttps = await createAuth({ db, keys, origins: [ORIGIN, 'https://paraph.example.org'] }).$context
  expect(overHttps.authCookies.sessionToken.name).toBe('__Secure-paraph.session_token')
  expect(overHttps.authCookies.sessionToken.attributes).toMatchObject({
    secure: true,
    httpOnly: true,
    sameSite: 'lax',
  })
})

test('the cookie over http is for our own pages alone, and no script reads it', async () => {
  await room.add({ email: 'plain@example.org' })
  const response = await room.call('sign-in/email', {
    body: { email: 'plain@example.org', password: PASSWORD },
  })
  const [pair = '', ...attributes] = response.headers.getSetCookie()[0]?.split('; ') ?? []
  expect(pair).toMatch(/^paraph\.session_token=/)
  expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax'])
})

test('what the sign-in library writes reaches the log as closed words only', () => {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  configureLogging({ audit: destination, app: destination, now: () => new Date(0) })
  writeLibraryLog('error', 'Invalid origin: https://secret.example.org')
  writeLibraryLog('error', 'INTERNAL_SERVER_ERROR', new TypeError('secret detail'), 'secret argument')
  writeLibraryLog('warn', 'Invalid password')
  expect(lines).toHaveLength(2)
  expect(lines.join()).not.toContain('secret')
  expect(lines[0]).toContain('"auth.event":"other"')
  expect(lines[1]).toContain('"auth.event":"request-failed"')
  expect(lines[1]).toContain('"exception.type":"TypeError"')
})
