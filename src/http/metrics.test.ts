import { beforeEach, describe, expect, it, vi } from 'vitest'
import { STATUS_OF_CODE } from './problem.ts'

const STATUSES = [...new Set([200, 201, 202, 204, 499, 500, ...Object.values(STATUS_OF_CODE)])]
type Route = { method: string; path: string; status: number }

/** The families of an api that has just started. */
async function openApi(routes: readonly Route[]) {
  vi.resetModules()
  const { declareRoutes, observeRequest } = await import('./metrics.ts')
  const { exposeMetrics } = await import('../observability/metrics.ts')
  const { printMetrics } = await import('../observability/scrape.ts')
  declareRoutes(routes)
  exposeMetrics('api')
  const series = async (name: string) =>
    (await printMetrics()).split('\n').filter((line) => line.startsWith(`${name}{`) && !line.endsWith(' 0'))
  return {
    observe: observeRequest,
    counts: () => series('http_requests_total'),
    durations: () => series('http_request_duration_seconds_count'),
    countSeries: async () =>
      (await printMetrics()).split('\n').filter((line) => /^http_.* \S+$/.test(line)).length,
    recordErrors: async () => /^metrics_record_errors_total (\d+)$/m.exec(await printMetrics())?.[1],
    all: printMetrics,
  }
}

const makeRoutes = (count: number): Route[] =>
  Array.from({ length: count }, (_, index) => ({
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'][index % 5] ?? 'GET',
    path: `/api/things-${index}/:thingId`,
    status: 200,
  }))

describe('the metrics of HTTP', () => {
  const one = { method: 'GET', path: '/api/things/:thingId', status: 200 }
  const lock = { method: 'POST', path: '/api/things/:thingId/lock', status: 201 }
  let api: Awaited<ReturnType<typeof openApi>>
  beforeEach(async () => {
    api = await openApi([one, lock])
  })

  it('show the success and the failure of every declared route at 0 before anybody came', async () => {
    const lines = (await api.all()).split('\n').filter((line) => line.startsWith('http_requests_total{'))
    expect(lines.filter((line) => !line.includes('path="*"'))).toEqual([
      'http_requests_total{method="GET",path="/api/things/:thingId",status="200"} 0',
      'http_requests_total{method="GET",path="/api/things/:thingId",status="500"} 0',
      'http_requests_total{method="POST",path="/api/things/:thingId/lock",status="201"} 0',
      'http_requests_total{method="POST",path="/api/things/:thingId/lock",status="500"} 0',
    ])
  })

  it('count a request under the template of its route, with its status, and time it', async () => {
    api.observe({ ...one, seconds: 0.1 })
    api.observe({ ...lock, status: 409, seconds: 0.1 })
    expect(await api.counts()).toEqual([
      'http_requests_total{method="GET",path="/api/things/:thingId",status="200"} 1',
      'http_requests_total{method="POST",path="/api/things/:thingId/lock",status="409"} 1',
    ])
    expect(await api.durations()).toContain(
      'http_request_duration_seconds_count{method="GET",path="/api/things/:thingId"} 1',
    )
  })

  it.each([
    ['an unknown address', { method: 'GET', path: '*', status: 404 }],
    ['a method that the address does not know', { ...one, method: 'DELETE', status: 405 }],
    ['HEAD', { ...one, method: 'HEAD' }],
    ['a probe', { method: 'GET', path: '/livez', status: 200 }],
    ['a method that nobody knows', { ...one, method: '_OTHER', status: 405 }],
  ])('count together what no declared route takes: %s', async (_title, request) => {
    api.observe({ ...request, seconds: 0.1 })
    expect(await api.counts()).toEqual([
      `http_requests_total{method="_OTHER",path="*",status="${request.status}"} 1`,
    ])
    expect(await api.durations()).toEqual(['http_request_duration_seconds_count{method="_OTHER",path="*"} 1'])
  })

  it('have a word for a status that nobody foresaw, and no duration for what was no request', async () => {
    api.observe({ ...one, status: 418, seconds: 0.1 })
    api.observe({ method: '_OTHER', path: '*', status: 400 })
    expect((await api.counts()).sort()).toEqual([
      'http_requests_total{method="GET",path="/api/things/:thingId",status="other"} 1',
      'http_requests_total{method="_OTHER",path="*",status="400"} 1',
    ])
    expect(await api.durations()).toHaveLength(1)
    expect(await api.recordErrors()).toBe('0')
  })

  it('give a route a duration of its own with its first success, and count its refusals there from then on', async () => {
    const own = 'http_request_duration_seconds_count{method="GET",path="/api/things/:thingId"}'
    api.observe({ ...one, status: 401, seconds: 0.1 })
    expect((await api.durations()).filter((line) => line.startsWith(own))).toEqual([])
    api.observe({ ...one, seconds: 0.1 })
    api.observe({ ...one, status: 503, seconds: 0.1 })
    expect(await api.durations()).toContain(`${own} 2`)
  })
})

describe.each([40, 80, 160])('%i routes', (count) => {
  const routes = makeRoutes(count)

  it('after every status they can give, stay within the budget of ADR 10, and no request is lost', async () => {
    const api = await openApi(routes)
    for (const route of routes) {
      for (const status of STATUSES) api.observe({ ...route, status, seconds: 0.1 })
    }
    const total = (lines: string[]) => lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    expect(await api.countSeries()).toBeLessThanOrEqual(500)
    expect(total(await api.counts())).toBe(count * STATUSES.length)
    expect(total(await api.durations())).toBe(count * STATUSES.length)
    expect(await api.recordErrors()).toBe('0')
  })
})

it('a stranger who tries everything takes no room from 80 routes: their successes and failures are told apart', async () => {
  const routes = makeRoutes(80)
  const api = await openApi(routes)
  for (const { method, path } of routes) {
    for (const status of [400, 401, 403, 404, 405, 408, 413, 415, 429, 431]) {
      api.observe({ method, path, status, seconds: 0.1 })
      api.observe({ method: 'HEAD', path, status, seconds: 0.1 })
    }
  }
  const before = await api.countSeries()
  for (const route of routes) {
    api.observe({ ...route, seconds: 0.1 })
    api.observe({ ...route, status: 500, seconds: 0.1 })
  }
  const counts = await api.counts()
  for (const { method, path } of routes) {
    for (const status of [200, 500]) {
      expect(counts).toContain(`http_requests_total{method="${method}",path="${path}",status="${status}"} 1`)
    }
  }
  expect((await api.durations()).length).toBe(21)
  expect((await api.countSeries()) - before).toBe(20 * 9)
})
