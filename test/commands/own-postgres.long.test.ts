import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { startCommand } from '../support/command.ts'
import { runAs } from '../support/database.ts'

const PASSWORD = 'of-the-operator'

/** The statements that the README gives to who brings a PostgreSQL. */
function readStatements(): readonly string[] {
  const text = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')
  const section = text.slice(text.indexOf('### With your own PostgreSQL'))
  const [, block = ''] = /```sql\n(.*?)```/s.exec(section) ?? []
  return block.replaceAll('…', PASSWORD).trim().split('\n')
}

describe('a PostgreSQL of the operator', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-own-'))
  const isNew = (statement: string) => /^create role paraph_(integrator|eraser) /.test(statement)
  let server: EmbeddedPostgres
  let env: Readonly<Record<string, string>>

  const urlOf = (login: string, password: string, database: string) => {
    const url = new URL(server.urls.owner)
    return Object.assign(url, { username: login, password, pathname: `/${database}` }).href
  }
  const run = (...command: string[]) => startCommand(join(folder, 'data'), command, { env }).ended
  async function execute(statements: readonly string[], database = 'postgres'): Promise<void> {
    const administrator = new URL(server.urls.owner)
    administrator.pathname = `/${database}`
    for (const statement of statements) await runAs(administrator.href, statement)
  }

  beforeAll(async () => {
    const cluster = join(folder, 'postgres')
    mkdirSync(cluster)
    server = await startEmbeddedPostgres({ directory: cluster })
    // A server that knows nothing of Paraph; its settings are those that `check-database` wants.
    await execute([
      'drop database paraph with (force)',
      'drop role paraph_migrate, paraph_owner, paraph_app, paraph_integrator, paraph_eraser',
    ])
    env = {
      DATABASE_URL: urlOf('paraph_app', PASSWORD, 'paraph'),
      DATABASE_MIGRATE_URL: urlOf('paraph_migrate', PASSWORD, 'paraph'),
      DATABASE_INTEGRATOR_URL: urlOf('paraph_integrator', PASSWORD, 'paraph'),
      DATABASE_ERASER_URL: urlOf('paraph_eraser', PASSWORD, 'paraph'),
    }
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('that was made for the version before is told which roles it lacks, and is left as it is', async () => {
    const earlier = readStatements()
      .filter((statement) => !isNew(statement))
      .map((statement) => statement.replace(', paraph_integrator, paraph_eraser', ''))
    await execute(earlier)
    const { code, stdout, stderr } = await run('migrate')
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^paraph: The database lacks paraph_integrator, paraph_eraser: README\.md .* \(database-roles-missing\)\n$/,
      ),
    })
    const made = `select from pg_class where relowner = 'paraph_owner'::regrole`
    expect(await runAs(urlOf('paraph_app', PASSWORD, 'paraph'), made)).toEqual([])
    const checked = await run('check-database')
    expect(checked.stdout).toContain('missing  roles: paraph_app paraph_migrate paraph_owner; expected')
    expect(checked.stdout).toContain('the server of DATABASE_ERASER_URL cannot be reached')
    expect(checked.code).toBe(3)
  })

  it('has all that is needed once the SQL of the README was run', async () => {
    const added = readStatements().filter((statement) => isNew(statement) || statement.startsWith('grant'))
    expect(added).toHaveLength(3)
    await execute(added)
    const checked = await run('check-database')
    expect(checked.stdout).not.toContain('missing')
    expect(checked.stdout.match(/^ok {7}login of .*: plain$/gm)).toHaveLength(3)
    expect(checked.code).toBe(0)
    expect(await run('migrate')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+ migrations applied$/m),
    })
  })
})
