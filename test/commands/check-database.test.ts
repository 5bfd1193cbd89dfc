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
  const check = (url: string) =>
    startCommand(folder, ['check-database'], { env: { DATABASE_URL: url } }).ended

  it('finds nothing missing on a server that is set up like the embedded one', async () => {
    const { code, stdout } = await check(database.url)
    expect(stdout).not.toContain('missing')
    expect(code).toBe(0)
  })

  it('names a setting that would let row values into the log, expected beside found', async () => {
    const name = new URL(database.url).pathname.slice(1)
    await runAs(inject('databaseOwnerUrl'), `alter database ${name} set log_min_messages to 'warning'`)
    const { code, stdout } = await check(database.url)
    expect(stdout).toContain('missing  log_min_messages: warning; expected fatal or panic')
    expect(code).toBe(1)
  })

  it('does not accept a login that could rewrite the audit log', async () => {
    const { code, stdout } = await check(database.ownerUrl)
    expect(stdout).toContain('missing  login of DATABASE_URL: superuser')
    expect(code).toBe(1)
  })

  it('says when the server cannot be asked, and when there is none to ask', async () => {
    expect((await check('postgres://nobody:secret-zzq7@127.0.0.1:1/paraph')).code).toBe(3)
    const { code, stderr } = await startCommand(folder, ['check-database']).ended
    expect(code).toBe(2)
    expect(stderr).toContain('DATABASE_URL')
  })
})
