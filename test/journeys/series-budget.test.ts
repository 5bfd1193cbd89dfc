import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { declareRoutes, observeRequest } from '../../src/http/metrics.ts'
import { STATUS_OF_CODE } from '../../src/http/problem.ts'
import { declaredFamilies } from '../../src/observability/metrics.ts'
import { startProcessMetrics } from '../../src/observability/process-metrics.ts'
import { printMetrics } from '../../src/observability/scrape.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { send } from '../support/client.ts'
import { parseMetrics } from '../support/scrape.ts'

const NO_ID = '018f0000-0000-7000-8000-000000000000'
/** Of the frame itself: they are counted together. */
const UNCOUNTED = ['/livez', '/readyz', '/api/openapi.json']
const STATUSES = [...new Set([200, 201, 202, 204, 499, 500, ...Object.values(STATUS_OF_CODE)])]
/** What is still to come: the audit log, the operators' room, the review of imports. */
const FUTURE_ROUTES = 40

describe('the series of an api', () => {
  let app: TestApp
  let routes: readonly { method: string; path: string }[]
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    startProcessMetrics()
    routes = app.endpoints.filter(({ method, path }) => method !== 'HEAD' && !UNCOUNTED.includes(path))
  })
  afterAll(() => app?.close())

  /** Those that an api shows; this process is a worker as well. */
  async function readSeries(): Promise<ReadonlyMap<string, number>> {
    const shown = declaredFamilies().filter(({ exposedBy }) => exposedBy === 'api' || exposedBy === 'both')
    const { series } = parseMetrics(await printMetrics())
    const isOf = (name: string) => shown.some((family) => name.replace(/\{.*/, '').startsWith(family.name))
    return new Map([...series].filter(([name]) => isOf(name)))
  }

  it('name every mounted route by its template', async () => {
    expect(routes.length).toBeGreaterThan(35)
    for (const { method, path } of routes) await send(app.url, method, path.replace(/:\w+/g, NO_ID))
    const series = await readSeries()
    for (const { method, path } of routes) {
      const counted = [...series].filter(
        ([name, count]) =>
          name.startsWith(`http_requests_total{method="${method}",path="${path}",status=`) && count > 0,
      )
      expect(
        counted.map(([, count]) => count),
        `${method} ${path}`,
      ).toEqual([1])
    }
  })

  it('stay fewer than 600 after every route of today and tomorrow had every status', async () => {
    const future = Array.from({ length: FUTURE_ROUTES }, (_, index) => ({
      method: index % 2 === 0 ? 'GET' : 'POST',
      path: `/api/future-${index}/:thingId`,
      status: 200,
    }))
    declareRoutes(future)
    const before = (await readSeries()).size
    for (const route of [...routes, ...future]) {
      for (const status of STATUSES) observeRequest({ ...route, status, seconds: 0.1 })
    }
    const series = await readSeries()
    process.stdout.write(
      `series of an api: ${before}; ${series.size} after ${routes.length} + ${FUTURE_ROUTES} routes had ${STATUSES.length} statuses each\n`,
    )
    expect(series.size).toBeLessThan(600)
    expect(series.get('metrics_record_errors_total')).toBe(0)
  })
})
