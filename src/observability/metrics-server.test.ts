import { afterEach, describe, expect, it, test } from 'vitest'
import { collectAtScrape, startCollector } from './collector.ts'
import { defineGauge, exposeMetrics } from './metrics.ts'
import { startMetricsServer } from './metrics-server.ts'
import { createReadiness, type ReadinessCheck } from './readiness.ts'

const MARKER = 'ZoeMarqueur'
const here = { host: '127.0.0.1', port: 0 }
const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A server of metrics, and how to ask it. */
async function open(options: { token?: string; checks?: readonly ReadinessCheck[] } = {}) {
  exposeMetrics('worker')
  const readiness = createReadiness(options.checks ?? [])
  const server = await startMetricsServer({ ...here, token: options.token, readiness })
  closing.push(server.close)
  const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init)
  return { ask, readiness, port: server.port }
}

describe('the metrics server', () => {
  it('asks for the bearer token when there is one, for metrics and not for probes', async () => {
    const { ask } = await open({ token: 'a token of some length' })
    const statusOf = async (authorization?: string) =>
      (await ask('/metrics', { headers: authorization ? { authorization } : {} })).status
    expect(await statusOf()).toBe(401)
    expect(await statusOf('Bearer a token of another kind')).toBe(401)
    expect(await statusOf('a token of some length')).toBe(401)
    expect(await statusOf('Bearer a token of some length')).toBe(200)
    expect((await ask('/metrics', { method: 'HEAD' })).status).toBe(401)
    expect([(await ask('/livez')).status, (await ask('/readyz')).status]).toEqual([200, 200])
  })

  it('says what the text is, and that nobody keeps it', async () => {
    const { ask } = await open()
    const answer = await ask('/metrics')
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).toContain('metrics_record_errors_total')
  })

  it.each(['/metrics', '/livez', '/readyz'])(
    'answers HEAD of %s like GET, without the body',
    async (path) => {
      const { ask } = await open()
      const answer = await ask(path, { method: 'HEAD' })
      expect([answer.status, await answer.text()]).toEqual([200, ''])
      expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0)
    },
  )

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('allows nothing else: %s', async (method) => {
    const { ask } = await open()
    const answer = await ask('/metrics', { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it.each(['/', '/metrics/', `/metrics?name=${MARKER}`, `/${MARKER}`, '/constructor'])(
    'serves nothing else: %s is not found',
    async (path) => {
      const { ask } = await open()
      const answer = await ask(path)
      expect([answer.status, await answer.text()]).toEqual([404, 'not found\n'])
    },
  )

  it('is an error at once when its port is taken', async () => {
    const { port } = await open()
    const second = startMetricsServer({ ...here, port, readiness: createReadiness([]) })
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('scrapes', () => {
  const asked = defineGauge({ name: 'test_asked', help: 'A test.', exposedBy: 'both', labels: {} })

  it('that come at the same time share one rendering', async () => {
    let count = 0
    closing.push(
      collectAtScrape({
        name: 'engines',
        gauges: [asked],
        read: () => {
          count += 1
          return [asked.at({}, count)]
        },
      }),
    )
    const { printMetrics } = await import('./scrape.ts')
    const texts = await Promise.all(Array.from({ length: 20 }, () => printMetrics()))
    expect([new Set(texts).size, count]).toEqual([1, 1])
    await printMetrics()
    expect(count).toBe(2)
  })

  it('are answered at once while a collector hangs and another throws', async () => {
    const read = () => new Promise<never>(() => undefined)
    closing.push(startCollector({ name: 'database', gauges: [asked], read }).stop)
    const fail = () => {
      throw new Error(MARKER)
    }
    closing.push(collectAtScrape({ name: 'engines', gauges: [asked], read: fail }))
    const { ask } = await open()
    const answer = await ask('/metrics', { signal: AbortSignal.timeout(1_000) })
    expect(answer.status).toBe(200)
    const text = await answer.text()
    expect(text).toMatch(/^paraph_collector_errors_total\{collector="engines"\} [1-9]/m)
    expect(text).not.toContain(MARKER)
  })
})

describe('probes', () => {
  test('say that the process answers, whatever does not work', async () => {
    const { ask, readiness } = await open({ checks: [{ name: 'database', isReady: async () => false }] })
    readiness.shutDown()
    const answer = await ask('/livez')
    expect([answer.status, await answer.json()]).toEqual([200, { status: 'ok' }])
  })

  test('say whether it can work: 200, 503 when a check fails, 503 when it stops', async () => {
    let isReady = true
    const { ask, readiness } = await open({ checks: [{ name: 'database', isReady: async () => isReady }] })
    const answerOf = async () => {
      const answer = await ask('/readyz')
      return [answer.status, await answer.json()]
    }
    expect(await answerOf()).toEqual([200, { status: 'ok', checks: { database: 'ok' } }])
    isReady = false
    expect(await answerOf()).toEqual([503, { status: 'failing', checks: { database: 'failing' } }])
    readiness.shutDown()
    expect(await answerOf()).toEqual([503, { status: 'shutting-down', checks: {} }])
  })
})
