import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../../test/support/database.ts'
import { connections } from './high-latency-probes.ts'

describe('the connections of the server', () => {
  let database: TestDatabase
  const held: pg.Client[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => {
    for (const client of held) await client.end()
    await database?.drop()
  })

  async function hold(url: string, application: string): Promise<void> {
    const client = new pg.Client({ connectionString: url, application_name: application })
    await client.connect()
    held.push(client)
  }
  const count = async (application: string) => {
    const rows = await runAs<{ application: string; connections: number }>(database.url, connections.text)
    return rows.find((row) => row.application === application)?.connections ?? 0
  }

  it('are counted whoever holds them, as the login of the application sees it', async () => {
    // Other tests use the same server, but none of them migrates for long.
    for (const url of [database.integratorUrl, database.eraserUrl, database.ownerUrl]) {
      await hold(url, 'paraph-migrate')
    }
    expect(await count('paraph-migrate')).toBeGreaterThanOrEqual(3)
  })

  it('are those of clients: the server’s own processes are none', async () => {
    const [own] = await runAs<{ processes: number }>(
      database.url,
      'select count(*)::int as processes from pg_stat_activity where usesysid is null',
    )
    const [all] = await runAs<{ sessions: number }>(
      database.ownerUrl,
      'select count(*)::int as sessions from pg_stat_activity',
    )
    const rows = await runAs<{ connections: number }>(database.url, connections.text)
    const counted = rows.reduce((sum, row) => sum + row.connections, 0)
    expect(own?.processes).toBeGreaterThan(0)
    expect(counted).toBeLessThan(all?.sessions ?? 0)
  })
})
