import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildFrame } from '../../test/support/frame.ts'
import { configureLogging } from '../observability/log.ts'

const SIGN_IN = '/api/auth/sign-in/email'

describe('how much one client may ask for', () => {
  let app: FastifyInstance
  beforeAll(async () => {
    app = await buildFrame({
      limits: { signIns: 3, requests: 5 },
      trustedProxies: ['10.0.0.0/8', 'loopback'],
    })
  })
  afterAll(() => app.close())
  afterEach(() => configureLogging(undefined))

  const ask = (url: string, options: { from?: string; said?: string; cookie?: string } = {}) =>
    app.inject({
      method: url === SIGN_IN ? 'POST' : 'GET',
      url,
      remoteAddress: options.from ?? '10.0.0.1',
      headers: {
        ...(options.said ? { 'x-forwarded-for': options.said } : {}),
        ...(options.cookie ? { cookie: options.cookie } : {}),
      },
      ...(url === SIGN_IN ? { payload: {} } : {}),
    })
  const statuses = async (count: number, ...request: Parameters<typeof ask>) => {
    const heard: number[] = []
    for (let index = 0; index < count; index += 1) heard.push((await ask(...request)).statusCode)
    return heard
  }

  it('a try to sign in too many is a problem document that says when to come back', async () => {
    expect(await statuses(3, SIGN_IN, { said: '192.0.2.1' })).toEqual([200, 200, 200])
    const refused = await ask(SIGN_IN, { said: '192.0.2.1' })
    expect(refused.statusCode).toBe(429)
    expect(refused.json()).toMatchObject({ code: 'too-many-requests', status: 429 })
    expect(refused.headers['content-type']).toContain('application/problem+json')
    const wait = Number(refused.headers['retry-after'])
    expect(wait).toBeGreaterThan(500)
    expect(wait).toBeLessThanOrEqual(600)
  })

  it('is counted for each address that a trusted proxy names, the nearest that is not a proxy', async () => {
    expect((await ask(SIGN_IN, { said: '192.0.2.2' })).statusCode).toBe(200)
    expect((await ask(SIGN_IN, { said: '198.51.100.9, 192.0.2.1' })).statusCode).toBe(429)
    expect((await ask(SIGN_IN, { said: '192.0.2.1, 10.9.9.9' })).statusCode).toBe(429)
  })

  it('whoever is no trusted proxy cannot speak for another', async () => {
    const liar = { from: '203.0.113.7' }
    const heard = await Promise.all(
      [1, 2, 3, 4].map((n) => ask(SIGN_IN, { ...liar, said: `192.0.2.10${n}` })),
    )
    expect(heard.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 200, 429])
  })

  it('a network of IPv6 is one client, and an IPv4 address written as IPv6 is itself', async () => {
    const said = (host: string) => ({ said: `2001:db8:1:2:${host}` })
    const heard = [
      await ask(SIGN_IN, said(':1')),
      await ask(SIGN_IN, said(':2')),
      await ask(SIGN_IN, said('a:b:c:d')),
      await ask(SIGN_IN, said(':4')),
      await ask(SIGN_IN, { said: '2001:db8:1:3::1' }),
      await ask(SIGN_IN, { said: '::ffff:192.0.2.1' }),
    ]
    expect(heard.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 429, 200, 429])
  })

  it('requests in general are counted by account, and by address for whoever is not signed in', async () => {
    expect(await statuses(6, '/api/open/x', { said: '192.0.2.50' })).toEqual([200, 200, 200, 200, 200, 429])
    expect(await statuses(1, '/readyz', { said: '192.0.2.50' })).toEqual([429])
    expect(await statuses(1, '/api/openapi.json', { said: '192.0.2.50' })).toEqual([429])
    expect(await statuses(1, '/livez', { said: '192.0.2.50' })).toEqual([200])
    const upload = (cookie: string, said: string) =>
      app.inject({
        method: 'POST',
        url: '/api/uploads',
        remoteAddress: '10.0.0.1',
        headers: { cookie, 'x-forwarded-for': said },
      })
    const heard: number[] = []
    for (let n = 0; n < 6; n += 1) heard.push((await upload('account=anna', `192.0.2.${60 + n}`)).statusCode)
    expect(heard).toEqual([400, 400, 400, 400, 400, 429])
    expect((await upload('account=berta', '192.0.2.60')).statusCode).toBe(400)
  })

  it('leaves no address in the log', async () => {
    const written: string[] = []
    const memory = { write: (line: string) => void written.push(line) }
    configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
    await statuses(4, SIGN_IN, { said: '192.0.2.77' })
    expect(written.join()).toContain('"error.code":"too-many-requests"')
    expect(written.join()).not.toMatch(/192\.0\.2|10\.0\.0\.1/)
  })
})
