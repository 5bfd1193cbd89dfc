import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { parseMetrics } from '../../test/support/scrape.ts'
import { exposeMetrics } from '../observability/metrics.ts'
import { printMetrics } from '../observability/scrape.ts'
import { openDatabase } from './database.ts'
import { askPresence, type DatabasePresence, watchDatabase } from './database-presence.ts'

/** A server that takes connections and says `answer`, or nothing. */
async function listen(answer?: Buffer) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => answer && socket.end(answer))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  return { url: `postgres://nobody@127.0.0.1:${port}/nothing`, close: () => server.close() }
}

/** What PostgreSQL sends instead of a connection. */
function refusal(sqlstate: string): Buffer {
  const fields = Buffer.from(`SFATAL\0C${sqlstate}\0Mrefused\0\0`)
  const head = Buffer.from([0x45, 0, 0, 0, fields.length + 4])
  return Buffer.concat([head, fields])
}

async function presenceAt(url: string): Promise<DatabasePresence> {
  const db = openDatabase(url, { applicationName: 'paraph-test', maxConnections: 1, connectTimeoutMs: 300 })
  try {
    return await askPresence(db, 400)
  } finally {
    await db.destroy()
  }
}

describe('a database', () => {
  let database: TestDatabase
  beforeAll(async () => {
    exposeMetrics('api')
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())
  const up = async () => parseMetrics(await printMetrics()).series.get('database_up')

  it('answers, or nothing listens, or it is silent', async () => {
    const mute = await listen()
    expect(await presenceAt(database.url)).toBe('answers')
    expect(await presenceAt('postgres://nobody@127.0.0.1:1/nothing')).toBe('refused')
    expect(await presenceAt('postgres://nobody@localhost/nothing?host=/nowhere')).toBe('refused')
    expect(await presenceAt(mute.url)).toBe('silent')
    mute.close()
  })

  it.each([
    ['53300', 'answers'],
    ['28P01', 'answers'],
    ['57P03', 'silent'],
  ])('that refuses with %s %s', async (sqlstate, presence) => {
    const server = await listen(refusal(sqlstate))
    expect(await presenceAt(server.url)).toBe(presence)
    server.close()
  })

  it('shows in the metrics as long as it is watched', async () => {
    const well = watchDatabase(database.url, 'paraph-test')
    await expect.poll(up).toBe(1)
    await runAs(
      database.url,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'paraph-test' and pid <> pg_backend_pid()`,
    )
    await well.stop()
    expect(await up()).toBeUndefined()
    const sick = watchDatabase('postgres://nobody@127.0.0.1:1/nothing', 'paraph-test')
    await expect.poll(up).toBe(0)
    await sick.stop()
  })
})
