import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { buildFrame } from '../../test/support/frame.ts'
import { defineRoute } from '../platform/http-route.ts'
import { MINUTE, SECOND } from '../platform/units.ts'
import { EVENT_STREAM_LIMITS, type EventStreamLimits } from './event-streams.ts'

const shape = z.object({ pagesDone: z.number() })

describe('a stream of events', () => {
  let app: FastifyInstance | undefined
  afterEach(() => app?.close())

  /** Told something once, and then nothing: `ended` counts the listeners that were let go. */
  async function open(limits: Partial<EventStreamLimits>) {
    let ended = 0
    const route = defineRoute({
      method: 'GET',
      path: '/api/progress',
      summary: 'Tells one thing.',
      access: { roles: ['admin'], ownership: 'none' },
      response: { events: shape },
      handle: async ({ signal }) => tellOnce(signal, () => ended++),
    })
    app = await buildFrame({ routes: [route], eventStreamLimits: { ...EVENT_STREAM_LIMITS, ...limits } })
    const url = new URL('/api/progress', await app.listen({ host: '127.0.0.1', port: 0 }))
    const listen = (name = 'camille') => fetch(url, { headers: { cookie: `account=${name}` } })
    return { listen, ended: () => ended }
  }

  it('beats its heart in silence, and ends when its time is over, so that its session is looked at again', async () => {
    const { listen, ended } = await open({ heartbeatMs: 40, longestMs: 500 })
    const before = performance.now()
    const text = await (await listen()).text()
    expect(performance.now() - before).toBeGreaterThan(450)
    expect(text).toMatch(/^retry: 2000\n\ndata: \{"pagesDone":1\}\n\n(: still here\n\n){3,12}$/)
    expect(ended()).toBe(1)
  })

  it('is silent where there is something to tell more often than that', async () => {
    const { listen } = await open({ heartbeatMs: 2 * SECOND, longestMs: 200 })
    expect(await (await listen()).text()).not.toContain('still here')
  })

  it('is refused to whoever has too many, until one has ended; nobody else waits for that', async () => {
    const { listen } = await open({ perAccount: 1, longestMs: 1_000 })
    const first = await listen()
    const second = await listen()
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1'])
    const other = await listen('samir')
    expect(other.status).toBe(200)
    await Promise.all([first.text(), other.text()])
    await expect.poll(async () => (await listen()).status).toBe(200)
  })

  it('lasts ten minutes and is never silent for longer than most proxies bear, as it is set', () => {
    expect(EVENT_STREAM_LIMITS).toMatchObject({ longestMs: 10 * MINUTE, heartbeatMs: 15 * SECOND })
  })
})

async function* tellOnce(signal: AbortSignal, onEnd: () => void): AsyncGenerator<z.input<typeof shape>> {
  try {
    yield { pagesDone: 1 }
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    onEnd()
  }
}
