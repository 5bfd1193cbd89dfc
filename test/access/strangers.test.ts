import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { composeApi } from '../../src/bin/compose.ts'
import { runInContext } from '../../src/observability/context.ts'
import { addAccount } from '../../src/people/add-account.ts'
import { loadConfig } from '../../src/platform/config.ts'
import type { Role } from '../../src/platform/http-route.ts'
import { newId } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { type Answer, send } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { requestFor } from './requests.ts'
import { ORIGIN, openWorld, type World } from './world.ts'

const PASSWORD = 'long enough for a test'
const NOWHERE = '00000000-0000-4000-8000-000000000000'
const addressOf = (path: string) => path.replace(/:pageNumber/, '1').replace(/:\w+/g, NOWHERE)

describe('strangers', () => {
  let app: TestApp
  let world: World
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    world = await openWorld(app)
  })
  afterAll(async () => {
    await world?.close()
    await app?.close()
  })

  const writes = () => app.endpoints.filter(({ method }) => method !== 'GET' && method !== 'HEAD')

  it.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://elsewhere.test' }],
    ['a page without an origin', { origin: 'null' }],
    ['our name on another port', { origin: `${ORIGIN}:8443` }],
    ['a site that hides its origin', { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }],
  ])('cannot change anything through the browser of an administrator: %s', async (_, headers) => {
    expect(writes().length).toBeGreaterThan(20)
    for (const { method, path } of writes()) {
      const answer = await world.ask('admin', method, addressOf(path), { headers })
      expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { code: 'foreign-origin' } })
    }
    expect((await world.ask('admin', 'GET', '/api/my/account')).status).toBe(200)
  })

  it('learn nothing from HEAD either', async () => {
    const guarded = app.endpoints.filter(
      ({ method, path }) => method === 'HEAD' && !/^\/(livez|readyz|api\/(auth|openapi))/.test(path),
    )
    expect(guarded.length).toBeGreaterThan(12)
    for (const { path } of guarded) {
      const { status } = await fetch(new URL(addressOf(path), app.url), { method: 'HEAD' })
      expect(status, path).toBe(401)
    }
  })

  it('are told by every address which methods it has', async () => {
    for (const { path } of app.endpoints) {
      const methods = app.endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method)
      const answer = await send(app.url, 'OPTIONS', addressOf(path))
      expect(answer, path).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } })
      // Two templates may share an address: an id and a word of the same place.
      expect(answer.headers.get('allow')?.split(', ')).toEqual(expect.arrayContaining(methods))
    }
  })

  it.each([
    ['the image of a page', 'GET /api/copies/:copyId/pages/:pageNumber', 'image/webp'],
    ['an original', 'GET /api/copies/:copyId/original', 'application/pdf'],
    ['a marked PDF', 'GET /api/copies/:copyId/marked', 'application/pdf'],
    ['a table of scores', 'GET /api/exams/:examId/exports/scores', 'text/csv'],
  ])('find %s in no cache', async (_, endpoint, type) => {
    const copy = await world.makeCopy('GRADED', 'admin')
    const { method, path } = await requestFor(world, endpoint, { copy })
    const answer = await world.ask('admin', method, path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toContain(type)
    expect(answer.headers.get('cache-control')).toMatch(/^(no-store|private, .*)$/)
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(answer.headers.get('etag')).toBeNull()
  })
})

describe('a session', () => {
  let app: TestApp
  /** A second api process of the same installation, with limits of its own. */
  let second: FastifyInstance
  let folder: string
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    folder = mkdtempSync(join(tmpdir(), 'paraph-second-'))
    const config = loadConfig(
      {},
      { PARAPH_DATA: folder, PARAPH_SIGN_IN_LIMIT: '2', PARAPH_TRUSTED_PROXY: 'loopback' },
    )
    second = await composeApi(app.services, { config, origins: [ORIGIN], version: '0.0.0' })
  })
  afterAll(async () => {
    await second?.close()
    await app?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const owner = (statement: string, values: unknown[]) => runAs(app.database.ownerUrl, statement, values)

  async function makeAccount(role: Role) {
    const email = `${newId()}@test.invalid`
    const { accountId } = await runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
      addAccount(app.services, { email, name: 'Camille Exemple', role, password: PASSWORD }),
    )
    return { email, accountId }
  }
  const signIn = (email: string) =>
    send(app.url, 'POST', '/api/auth/sign-in/email', { origin: ORIGIN, body: { email, password: PASSWORD } })
  const cookieOf = (answer: Answer) => answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const whoIs = async (cookie: string) => {
    const there = await second.inject({ url: '/api/my/account', headers: { cookie } })
    return [(await send(app.url, 'GET', '/api/my/account', { cookie })).status, there.statusCode]
  }
  async function open(role: Role = 'admin') {
    const account = await makeAccount(role)
    const cookie = cookieOf(await signIn(account.email))
    expect(await whoIs(cookie)).toEqual([200, 200])
    return { ...account, cookie }
  }

  it('lives in one cookie that scripts, other sites and plain http do not see', async () => {
    const { email } = await makeAccount('marker')
    const answer = await signIn(email)
    const cookies = answer.headers.getSetCookie()
    expect(cookies).toHaveLength(1)
    const [pair = '', ...attributes] = (cookies[0] ?? '').split('; ')
    expect(pair).toMatch(/^__Secure-paraph\.session_token=\S{40,}$/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Max-Age=43200', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(answer.bytes.toString()).not.toContain(pair.split('=')[1]?.split('.')[0] ?? 'no token')
  })

  it('ends at sign-out, in every process at once, and its cookie is taken back', async () => {
    const { cookie } = await open()
    const answer = await send(app.url, 'POST', '/api/auth/sign-out', { origin: ORIGIN, cookie })
    const taken = answer.headers
      .getSetCookie()
      .find((line) => line.startsWith('__Secure-paraph.session_token='))
    expect(taken).toMatch(/Max-Age=0/)
    expect(taken).toMatch(/HttpOnly/)
    expect(await whoIs(cookie)).toEqual([401, 401])
  })

  it('is one of several: signing out elsewhere leaves it open', async () => {
    const { email, cookie } = await open()
    const other = cookieOf(await signIn(email))
    await send(app.url, 'POST', '/api/auth/sign-out', { origin: ORIGIN, cookie: other })
    expect(await whoIs(other)).toEqual([401, 401])
    expect(await whoIs(cookie)).toEqual([200, 200])
  })

  it('ends when its time is over, whatever the browser still holds', async () => {
    const { accountId, cookie } = await open()
    await owner('update people.session set expires_at = now() where account_id = $1', [accountId])
    expect(await whoIs(cookie)).toEqual([401, 401])
  })

  it('has the role that the account has now, not the one it had', async () => {
    const { accountId, cookie } = await open('admin')
    const listAccounts = async () => (await send(app.url, 'GET', '/api/accounts', { cookie })).status
    expect(await listAccounts()).toBe(200)
    await owner(`update people.account set role = 'student' where id = $1`, [accountId])
    expect(await listAccounts()).toBe(403)
  })

  it('ends with its account', async () => {
    const { accountId, cookie } = await open()
    await owner('delete from people.account where id = $1', [accountId])
    expect(await whoIs(cookie)).toEqual([401, 401])
  })

  it('cannot be asked for again and again from one address, whatever the account', async () => {
    const tryFrom = async (address: string) => {
      const { email } = await makeAccount('marker')
      const answer = await second.inject({
        method: 'POST',
        url: '/api/auth/sign-in/email',
        headers: { origin: ORIGIN, 'x-forwarded-for': address },
        payload: { email, password: 'a wrong password' },
      })
      return [answer.statusCode, answer.json().code]
    }
    expect(await tryFrom('192.0.2.1')).toEqual([401, 'wrong-credentials'])
    expect(await tryFrom('192.0.2.1')).toEqual([401, 'wrong-credentials'])
    expect(await tryFrom('192.0.2.1')).toEqual([429, 'too-many-requests'])
    expect(await tryFrom('192.0.2.2')).toEqual([401, 'wrong-credentials'])
    expect(JSON.stringify(app.lines)).not.toContain('192.0.2.')
  })
})
