import { once } from 'node:events'
import { connect } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildFrame } from '../../test/support/frame.ts'
import { BARE_HEADERS } from './security-headers.ts'

const EXPECTED = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
}

describe('what browsers may do with an answer', () => {
  let app: FastifyInstance
  beforeAll(async () => {
    app = await buildFrame()
  })
  afterAll(() => app.close())

  it.each([
    ['of a route', 'GET', '/api/open/x', 200],
    ['to a write', 'PUT', '/api/open/x', 400],
    ['of the sign-in', 'POST', '/api/auth/sign-in/email', 200],
    ['that asks who is there', 'POST', '/api/uploads', 401],
    ['where nothing is', 'GET', '/nowhere', 404],
    ['to a method that is not allowed', 'DELETE', '/livez', 405],
    ['of a probe', 'GET', '/livez', 200],
    ['of readiness', 'GET', '/readyz', 200],
    ['of the description', 'GET', '/api/openapi.json', 200],
  ])('is the same for the answer %s: %s %s', async (_, method, url, status) => {
    const answer = await app.inject({ method: method as 'GET', url })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers).toMatchObject(EXPECTED)
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
    expect(answer.headers['x-powered-by']).toBeUndefined()
    expect(answer.headers['server']).toBeUndefined()
  })

  it('is not less when the address cannot be routed', async () => {
    for (const url of ['/%zz', `/api/open/${'x'.repeat(300)}`]) {
      expect((await app.inject(url)).headers).toMatchObject(BARE_HEADERS)
    }
    expect(EXPECTED).toMatchObject(BARE_HEADERS)
  })

  it('is not less when the bytes are no request', async () => {
    const socket = connect(Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port))
    const heard: string[] = []
    socket.on('data', (chunk) => heard.push(String(chunk)))
    socket.write('nonsense\r\n\r\n')
    await once(socket, 'close')
    for (const [name, value] of Object.entries(BARE_HEADERS))
      expect(heard.join('')).toContain(`${name}: ${value}\r\n`)
  })

  it('says nothing of https where people come over http', async () => {
    const plain = await buildFrame({ origins: ['http://127.0.0.1:3000'] })
    expect((await plain.inject('/livez')).headers['strict-transport-security']).toBeUndefined()
    await plain.close()
  })
})
