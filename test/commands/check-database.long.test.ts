import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startCommand } from '../support/command.ts'
import { createTestDatabase, runAs, type TestDatabase } from '../support/database.ts'

describe('paraph check-database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-check-'))
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(async () => {
    await database?.drop()
    rmSync(folder, { recursive: true, force: true })
  })
  const setDurability = async (value: 'on' | 'off') => {
    await runAs(inject('databaseOwnerUrl'), `alter system set fsync = ${value}`)
    await runAs(inject('databaseOwnerUrl'), 'select pg_reload_conf()')
  }
  const check = (url: string, others: Readonly<Record<string, string>> = {}) =>
    startCommand(folder, ['check-database'], { env: { DATABASE_URL: url, ...others } }).ended

  it('finds nothing missing on a server that is set up like the embedded one', async () => {
    // The server of the tests forgoes it, for speed.
    await setDurability('on')
    const { code, stdout } = await check(database.url, {
      DATABASE_INTEGRATOR_URL: database.integratorUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
    }).finally(() => setDurability('off'))
    expect(stdout).not.toContain('missing')
    expect(stdout).toContain(
      'ok       roles: paraph_app paraph_eraser paraph_integrator paraph_migrate paraph_owner',
    )
    expect(stdout.match(/(?<=^ok {7}login of )\S+(?=: plain$)/gm)).toEqual([
      'DATABASE_URL',
      'DATABASE_INTEGRATOR_URL',
      'DATABASE_ERASER_URL',
    ])
    expect(code).toBe(0)
  })

  it('names a setting with which a crash would lose what was confirmed', async () => {
    const { code, stdout } = await check(database.url)
    expect(stdout).toContain('missing  fsync: off; expected on')
    expect(code).toBe(1)
  })

  it('names a setting that would let row values into the log, expected beside found', async () => {
    const name = new URL(database.url).pathname.slice(1)
    await runAs(inject('databaseOwnerUrl'), `alter database ${name} set log_min_messages to 'warning'`)
    const { code, stdout } = await check(database.url)
    expect(stdout).toContain('missing  log_min_messages: warning; expected fatal or panic')
    expect(code).toBe(1)
  })

  it('names a right that was taken from a login that runs, and one on the audit log that was given', async () => {
    const change = 'revoke insert on page from paraph_app; grant update on audit_event to paraph_app'
    const undo = 'grant insert on page to paraph_app; revoke update on audit_event from paraph_app'
    await runAs(database.ownerUrl, change)
    const { code, stdout } = await check(database.url).finally(() => runAs(database.ownerUrl, undo))
    expect(stdout).toContain('missing  rights on tables: missing privilege: paraph_app INSERT page\n')
    expect(stdout).toContain('missing  rights on tables: extra privilege: paraph_app UPDATE audit_event\n')
    expect(code).toBe(1)
  })

  it('does not accept a login that could rewrite the audit log', async () => {
    const { code, stdout } = await check(database.ownerUrl)
    expect(stdout).toContain('missing  login of DATABASE_URL: superuser')
    expect(code).toBe(1)
  })

  it('judges each login that it is given, and says which one is refused', async () => {
    const wrong = database.eraserUrl.replace(/:[^:@]+@/, ':wrong-zzq7@')
    const { code, stdout } = await check(database.url, {
      DATABASE_INTEGRATOR_URL: database.ownerUrl,
      DATABASE_ERASER_URL: wrong,
    })
    expect(stdout).toContain('ok       login of DATABASE_URL: plain')
    expect(stdout).toContain('missing  login of DATABASE_INTEGRATOR_URL: superuser')
    expect(stdout).toContain('the server of DATABASE_ERASER_URL cannot be reached, or refuses the login')
    expect(stdout).not.toContain('zzq7')
    expect(code).toBe(3)
  })

  it('does not accept one login that does the work of two', async () => {
    const name = `check_${process.pid}`
    const made = `create role ${name} login password 'zzq7' in role paraph_app, paraph_eraser`
    await runAs(database.ownerUrl, made)
    try {
      const url = Object.assign(new URL(database.url), { username: name, password: 'zzq7' }).href
      expect((await check(url)).stdout).toContain('missing  login of DATABASE_URL: several logins in one')
    } finally {
      await runAs(database.ownerUrl, `drop role ${name}`)
    }
  })

  it('says when the server cannot be asked, and when there is none to ask', async () => {
    expect((await check('postgres://nobody:secret-zzq7@127.0.0.1:1/paraph')).code).toBe(3)
    const { code, stderr } = await startCommand(folder, ['check-database']).ended
    expect(code).toBe(2)
    expect(stderr).toContain('DATABASE_URL')
  })
})
