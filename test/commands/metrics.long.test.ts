import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import '../../src/bin/api.ts'
import '../../src/bin/worker.ts'
import { declaredFamilies } from '../../src/observability/metrics.ts'
import { medianOf, type Scrape } from '../support/scrape.ts'
import { startTwoProcesses, type TwoProcesses, untilReady } from '../support/two-processes.ts'

const MARKER = 'ZoeMarqueur'
const LAST_SUCCESS = 'paraph_collector_last_success_timestamp_seconds{collector="database"}'
const ERRORS = 'paraph_collector_errors_total{collector="database"}'
const COPIES = 'grading_copies_by_status{status="READY"}'
const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const ROLES = ['api', 'worker'] as const

describe('the metrics of an api and a worker that run', () => {
  let two: TwoProcesses
  beforeAll(async () => {
    two = await startTwoProcesses()
    await vi.waitUntil(async () => (await two.worker.scrape()).series.has(COPIES), { timeout: 30_000 })
  })
  afterAll(() => two?.close())

  it.each(ROLES)('are those that belong to the %s, each with its type, and no other', async (role) => {
    const owners = { api: ['api', 'both'], worker: ['worker', 'sweeper', 'both'] }[role]
    const own = declaredFamilies().filter(({ exposedBy }) => owners.includes(exposedBy))
    const { families } = await two[role].scrape()
    expect(Object.fromEntries(families)).toEqual(
      Object.fromEntries(own.map(({ name, type }) => [name, type])),
    )
  })

  it.each(ROLES)('are fewer than 600 series of the %s', async (role) => {
    const { series } = await two[role].scrape()
    process.stdout.write(`series of the ${role}: ${series.size}\n`)
    expect(series.size).toBeGreaterThan(100)
    expect(series.size).toBeLessThan(600)
  })

  it.skipIf(!hasPromtool).each(ROLES)(
    'pass `promtool check metrics`, of Debian’s package `prometheus`: %s',
    async (role) => {
      const { text } = await two[role].scrape()
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text })
      expect([`${stdout}${stderr}`, status]).toEqual(['', 0])
    },
  )

  it('gain no series from a thousand addresses, methods and hosts that nobody declared', async () => {
    const names = async () => [...(await two.api.scrape()).series.keys()].sort()
    const before = await names()
    const methods = ['GET', 'POST', 'PURGE', 'PROPFIND', 'OPTIONS', 'HEAD', 'MARQUEUR', 'TRACE']
    const statuses = new Map<number, number>()
    for (let index = 0; index < 1_000; index += 1) {
      const method = methods[index % methods.length] ?? 'GET'
      const status = await ask(two.url, {
        method,
        path: `/${MARKER}/${index}?name=${MARKER}`,
        host: `${MARKER}-${index}.example.org`,
      })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    expect([...statuses.keys()].sort()).toEqual([400, 404])
    const after = await two.api.scrape()
    expect([...after.series.keys()].sort()).toEqual(before)
    expect(after.text).not.toMatch(new RegExp(MARKER, 'i'))
    expect(after.series.get('http_requests_total{method="_OTHER",path="*",status="404"}')).toBe(
      statuses.get(404),
    )
  })

  it('come with probes: each process lives and is ready, and the worker says who sweeps', async () => {
    const checks = {
      database: 'ok',
      migrations: 'ok',
      'audit-append-only': 'ok',
      'audit-ladder': 'ok',
      disk: 'ok',
      'log-directory': 'ok',
    }
    expect(await two.api.probe('/readyz')).toEqual({ status: 200, body: { status: 'ok', checks } })
    expect(await two.worker.probe('/readyz')).toEqual({
      status: 200,
      body: {
        status: 'ok',
        checks: { ...checks, polling: 'ok' },
        sweeper: 'leading',
        integrator: 'leading',
        lastPollAgeSeconds: expect.any(Number),
      },
    })
    for (const role of ROLES) {
      expect(await two[role].probe('/livez')).toEqual({ status: 200, body: { status: 'ok' } })
    }
  })

  it.each(ROLES)('say that the %s is not ready while others can read its log', async (role) => {
    const logs = join(two.folder, 'data', 'logs', role)
    chmodSync(logs, 0o755)
    const { status, body } = await two[role].probe('/readyz')
    chmodSync(logs, 0o700)
    expect([status, body['checks']]).toEqual([
      503,
      expect.objectContaining({ 'log-directory': 'failing', database: 'ok' }),
    ])
    expect((await two[role].probe('/readyz')).status).toBe(200)
  })

  /** What must hold of both processes whatever the database does: 200 at once, with the metrics of the process. */
  async function expectServed(): Promise<void> {
    for (const role of ROLES) {
      const scrapes: Scrape[] = []
      for (let index = 0; index < 9; index += 1) scrapes.push(await two[role].scrape())
      const median = medianOf(scrapes.map(({ milliseconds }) => milliseconds))
      process.stdout.write(
        `/metrics of the ${role} without its database: ${median.toFixed(1)} ms (median of 9)\n`,
      )
      expect(scrapes.map(({ status }) => status)).toEqual(scrapes.map(() => 200))
      expect(scrapes[0]?.series.has('process_cpu_seconds_total')).toBe(true)
      expect(median).toBeLessThan(50)
    }
  }

  async function expectUnready(): Promise<void> {
    for (const role of ROLES) {
      const { status, body } = await two[role].probe('/readyz')
      expect([status, body['status']]).toEqual([503, 'failing'])
      expect(body['checks']).toMatchObject({ database: 'failing', migrations: 'failing', disk: 'ok' })
      expect((await two[role].probe('/livez')).status).toBe(200)
    }
  }

  it('are served while the database hangs; refreshes that hang are given up, and the next ones succeed', async () => {
    const before = await two.worker.scrape()
    await two.freezeDatabase('SIGSTOP')
    try {
      await expectServed()
      await expectUnready()
      const failures = async () =>
        ((await two.worker.scrape()).series.get(ERRORS) ?? 0) - (before.series.get(ERRORS) ?? 0)
      await expect.poll(failures, { timeout: 20_000 }).toBeGreaterThanOrEqual(1)
      const stale = await two.worker.scrape()
      expect(stale.series.get(COPIES)).toBe(0)
      expect(Date.now() / 1_000 - (stale.series.get(LAST_SUCCESS) ?? 0)).toBeGreaterThan(4)
    } finally {
      await two.freezeDatabase('SIGCONT')
    }
    const thawedAt = Date.now() / 1_000
    const succeededAt = async () => (await two.worker.scrape()).series.get(LAST_SUCCESS)
    await expect.poll(succeededAt, { timeout: 30_000 }).toBeGreaterThan(thawedAt)
    await Promise.all([untilReady(two.api), untilReady(two.worker)])
  })

  it('are served while the database is stopped, with what was known last and since when, until it is back', async () => {
    const before = await two.worker.scrape()
    await two.postgres.stop()
    await expectServed()
    await expectUnready()
    const stale = await two.worker.scrape()
    expect(stale.series.get(COPIES)).toBe(0)
    expect(stale.series.get('grading_sweeper_leader')).toBe(0)
    const failures = async () =>
      ((await two.worker.scrape()).series.get(ERRORS) ?? 0) - (before.series.get(ERRORS) ?? 0)
    await expect.poll(failures, { timeout: 20_000 }).toBeGreaterThanOrEqual(1)
    const since = (await two.worker.scrape()).series.get(LAST_SUCCESS)
    await two.startDatabase()
    await Promise.all([untilReady(two.api), untilReady(two.worker)])
    const succeededAt = async () => (await two.worker.scrape()).series.get(LAST_SUCCESS)
    await expect.poll(succeededAt, { timeout: 30_000 }).toBeGreaterThan(since ?? Number.NaN)
    const leads = async () => (await two.worker.scrape()).series.get('grading_sweeper_leader')
    await expect.poll(leads, { timeout: 30_000 }).toBe(1)
  })

  it('say that the process is about to stop, to whoever asks whether it is ready', async () => {
    const { hostname, port } = new URL(two.url)
    const slow = connect(Number(port), hostname)
    await once(slow, 'connect')
    // A request that has not arrived keeps the api from ending at once.
    slow.write(
      'POST /api/auth/sign-in/email HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    )
    await expect.poll(async () => (await two.api.scrape()).status).toBe(200)
    two.api.command.child.kill('SIGTERM')
    await expect
      .poll(() => two.api.probe('/readyz'), { timeout: 5_000, interval: 20 })
      .toEqual({ status: 503, body: { status: 'shutting-down', checks: {} } })
    expect((await two.api.scrape()).status).toBe(200)
    slow.destroy()
    expect((await two.api.command.ended).code).toBe(0)
  })
})

/** The status of the answer to one request, with any method and host. */
async function ask(url: string, options: { method: string; path: string; host: string }): Promise<number> {
  const { method, path, host } = options
  const sent = request(url, { method, path, headers: { host } })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}
