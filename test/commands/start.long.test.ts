import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { createTestDatabase, runAs, type TestDatabase } from '../support/database.ts'
import { environmentOf, findTreeProcess } from '../support/tree-process.ts'

type Environment = Readonly<Record<string, string>>

describe('the logins that the processes of "paraph start" hold', () => {
  const root = mkdtempSync(join(tmpdir(), 'paraph-start-'))
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => {
    await database?.drop()
    rmSync(root, { recursive: true, force: true })
  })

  /** The `DATABASE_…` of each process while everything runs. */
  async function withTree(
    name: string,
    env: Environment,
    work: (logins: { api: Environment; worker: Environment }) => Promise<void>,
  ): Promise<void> {
    const folder = join(root, name)
    const running = startCommand(folder, ['start'], { env })
    try {
      await running.until(/Paraph is ready/)
      await work({ api: loginsOf(folder, 'api'), worker: loginsOf(folder, 'worker') })
    } finally {
      running.child.kill('SIGTERM')
      await running.ended
    }
  }

  function loginsOf(folder: string, role: 'api' | 'worker'): Environment {
    const entries = Object.entries(environmentOf(findTreeProcess(folder, role) ?? 0))
    return Object.fromEntries(entries.filter(([name]) => name.startsWith('DATABASE_')))
  }

  it('are, on a server of the operator, the application’s, and for the worker the integrator’s', async () => {
    const env = {
      DATABASE_URL: database.url,
      DATABASE_MIGRATE_URL: database.ownerUrl,
      DATABASE_INTEGRATOR_URL: database.integratorUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
    }
    await withTree('external', env, async ({ api, worker }) => {
      expect(api).toEqual({ DATABASE_URL: database.url })
      expect(worker).toEqual({ DATABASE_URL: database.url, DATABASE_INTEGRATOR_URL: database.integratorUrl })
    })
  })

  it('are the same on the database that Paraph brings along, whatever the environment holds', async () => {
    const nowhere = 'postgres://nobody@127.0.0.1:1/paraph'
    const env = {
      DATABASE_MIGRATE_URL: nowhere,
      DATABASE_INTEGRATOR_URL: nowhere,
      DATABASE_ERASER_URL: nowhere,
    }
    await withTree('embedded', env, async ({ api, worker }) => {
      expect([Object.keys(api), Object.keys(worker).toSorted()]).toEqual([
        ['DATABASE_URL'],
        ['DATABASE_INTEGRATOR_URL', 'DATABASE_URL'],
      ])
      const whoami = 'select current_user as name'
      expect(await runAs(api['DATABASE_URL'] ?? '', whoami)).toEqual([{ name: 'paraph_app' }])
      const integrator = worker['DATABASE_INTEGRATOR_URL'] ?? ''
      expect(await runAs(integrator, whoami)).toEqual([{ name: 'paraph_integrator' }])
    })
  })
})
