import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { parseMetrics } from '../../test/support/scrape.ts'
import { exposeMetrics } from '../observability/metrics.ts'
import { printMetrics } from '../observability/scrape.ts'
import { type Sweeper, startSweeper } from './sweep.ts'

let database: TestDatabase
const sweepers: Sweeper[] = []

beforeAll(async () => {
  exposeMetrics('worker')
  database = await createTestDatabase()
})
afterAll(() => database.drop())
afterEach(async () => {
  await Promise.all(sweepers.splice(0).map((sweeper) => sweeper.stop()))
})

const read = async () => parseMetrics(await printMetrics()).series
const leader = async () => (await read()).get('grading_sweeper_leader')
const lastSweep = async () => (await read()).get('grading_sweeper_last_sweep_timestamp_seconds')
const until = (ask: () => unknown) => expect.poll(ask, { timeout: 10_000, interval: 10 })

function sweep(everyMs = 20): { sweeper: Sweeper; told: boolean[] } {
  const told: boolean[] = []
  const sweeper = startSweeper({
    url: database.url,
    applicationName: 'paraph-sweeper',
    tasks: [],
    everyMs,
    onLeader: (isLeader) => void told.push(isLeader),
  })
  sweepers.push(sweeper)
  return { sweeper, told }
}
const cutConnections = () =>
  runAs(
    database.ownerUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'paraph-sweeper'`,
  )

describe('a sweeper', () => {
  test('shows that it leads and when it last swept, and nothing once it has stopped', async () => {
    const { sweeper } = sweep()
    expect(await leader()).toBe(0)
    await until(leader).toBe(1)
    await until(lastSweep).toBeGreaterThan(Date.now() / 1_000 - 5)
    await sweeper.stop()
    expect([await leader(), await lastSweep()]).toEqual([0, undefined])
  })

  test('that loses its connection does not lead, yet speaks for the database until another does', async () => {
    const { sweeper, told } = sweep(300)
    await until(() => sweeper.isLeader()).toBe(true)
    await until(lastSweep).toBeDefined()
    await cutConnections()
    await until(leader).toBe(0)
    expect(sweeper.isLeader()).toBe(false)
    expect(told).toEqual([true])
    expect(await lastSweep()).toBeDefined()
    // Nobody else wants the lock: it gets it back, and there is nothing new to tell.
    await until(leader).toBe(1)
    expect(told).toEqual([true])
  })

  test('that finds another one leading when it comes back says so, once', async () => {
    const { sweeper, told } = sweep(300)
    await until(() => sweeper.isLeader()).toBe(true)
    const heir = sweep(1)
    await sleep(100)
    expect(heir.told).toEqual([])
    await runAs(
      database.ownerUrl,
      `select pg_terminate_backend(pid) from pg_locks join pg_database d on d.oid = database
      where datname = current_database() and locktype = 'advisory' and granted`,
    )
    await until(() => heir.told).toEqual([true])
    await until(() => told).toEqual([true, false])
    expect(sweeper.isLeader()).toBe(false)
  })
})
