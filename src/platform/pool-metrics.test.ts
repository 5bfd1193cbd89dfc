import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { parseMetrics } from '../../test/support/scrape.ts'
import { exposeMetrics } from '../observability/metrics.ts'
import { printMetrics } from '../observability/scrape.ts'
import { breakConnections, openDatabase } from './database.ts'

let database: TestDatabase
beforeAll(async () => {
  exposeMetrics('api')
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const read = async () => parseMetrics(await printMetrics()).series
const open = () =>
  openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: 2, isMeasured: true })

test('a pool shows its connections, the idle ones and who waits, and times how long each waits', async () => {
  const db = open()
  const before = (await read()).get('database_pool_acquire_seconds_count') ?? Number.NaN
  const work = Array.from({ length: 5 }, () => sql`select pg_sleep(0.3)`.execute(db))
  await expect.poll(async () => (await read()).get('database_pool_connections')).toBe(2)
  const busy = await read()
  expect(busy.get('database_pool_idle_connections')).toBe(0)
  expect(busy.get('database_pool_waiting_requests')).toBe(3)
  await Promise.all(work)
  const after = await read()
  expect(after.get('database_pool_idle_connections')).toBe(2)
  expect(after.get('database_pool_waiting_requests')).toBe(0)
  expect(after.get('database_pool_acquire_seconds_count')).toBe(before + 5)
  // The last of five on two connections waits for two others.
  expect(after.get('database_pool_acquire_seconds_sum')).toBeGreaterThan(0.5)
  await db.destroy()
  expect((await read()).has('database_pool_connections')).toBe(false)
})

test('a connection that is not given is timed too', async () => {
  const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/nothing', {
    applicationName: 'paraph-test',
    isMeasured: true,
  })
  const before = (await read()).get('database_pool_acquire_seconds_count') ?? Number.NaN
  await expect(sql`select 1`.execute(nowhere)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect((await read()).get('database_pool_acquire_seconds_count')).toBe(before + 1)
  await nowhere.destroy()
})

test('connections that are broken off fail what waits on them, and the pool replaces them', async () => {
  const db = open()
  const stuck = sql`select pg_sleep(60)`.execute(db)
  const refused = expect(stuck).rejects.toThrow()
  const isStuck = `select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`
  await expect.poll(() => runAs(database.ownerUrl, isStuck)).toHaveLength(1)
  breakConnections(db)
  await refused
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }])
  await db.destroy()
})
