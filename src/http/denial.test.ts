import { afterEach, describe, expect, it } from 'vitest'
import { buildFrame } from '../../test/support/frame.ts'
import { getContext } from '../observability/context.ts'
import { configureLogging } from '../observability/log.ts'
import { systemClock } from '../platform/clock.ts'
import type { Denial } from './denial.ts'

const FOREIGN = { origin: 'https://elsewhere.test', cookie: 'account=camille' }

describe('telling of a denial', () => {
  let lines: Record<string, unknown>[] = []
  const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
  afterEach(() => configureLogging(undefined))

  async function post(url: string, headers: Record<string, string>, fail?: Error) {
    const told: (Denial & { actor: string })[] = []
    lines = []
    configureLogging({ audit: memory, app: memory, now: systemClock.now })
    const app = await buildFrame({
      onDenied: async (_session, denial) => {
        told.push({ ...denial, actor: getContext().actor.kind })
        if (fail) throw fail
      },
    })
    const answer = await app.inject({ method: 'POST', url, headers })
    await app.close()
    return { told, answer: { status: answer.statusCode, code: answer.json().code } }
  }

  it('names the template of the route, under the context of who was denied', async () => {
    const { told, answer } = await post('/api/uploads', FOREIGN)
    const denial = { method: 'POST', route: '/api/uploads', error_code: 'foreign-origin' }
    expect(told).toEqual([{ ...denial, actor: 'user' }])
    expect(answer).toEqual({ status: 403, code: 'foreign-origin' })
  })

  it('is done for signing in as well', async () => {
    const { told } = await post('/api/auth/sign-in/email', FOREIGN)
    expect(told.map(({ route }) => route)).toEqual(['/api/auth/sign-in/email'])
  })

  it('is not done for somebody who is not signed in, nor for what is no denial', async () => {
    const { told } = await post('/api/uploads', { origin: FOREIGN.origin })
    const other = await post('/api/uploads', { origin: 'https://paraph.test', cookie: FOREIGN.cookie })
    expect([...told, ...other.told]).toEqual([])
    expect(other.answer.status).not.toBe(403)
  })

  it('changes nothing when it fails, and says so in the log', async () => {
    const { answer } = await post('/api/uploads', FOREIGN, new Error('Zoé Marqueur'))
    expect(answer).toEqual({ status: 403, code: 'foreign-origin' })
    const failure = lines.find(({ event }) => event === 'access.denial-unrecorded')
    expect(failure).toMatchObject({ level: 'ERROR', 'error.code': 'foreign-origin' })
    expect(JSON.stringify(lines)).not.toContain('Marqueur')
  })
})
