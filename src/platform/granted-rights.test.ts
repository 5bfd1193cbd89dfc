import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { listMissingRights, listPrivileges } from './granted-rights.ts'
import { TABLE_RIGHTS, TABLES_WITH_RIGHTS } from './table-rights.ts'

describe('the rights of the logins that run', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())

  it('are those that a database has which was just migrated, on every table but those of the audit log', async () => {
    const rows = await runAs<{ name: string }>(
      database.ownerUrl,
      `select relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'people') and relkind = 'r' and relname !~ '^audit_'`,
    )
    const tables = rows.map(({ name }) => name)
    expect((await listPrivileges(database.db, tables)).toSorted()).toEqual(TABLE_RIGHTS.toSorted())
    expect(tables).toEqual(expect.arrayContaining(TABLES_WITH_RIGHTS))
    expect(await listMissingRights(database.db)).toEqual([])
  })

  it('are named when they were taken away, whole or of one column', async () => {
    await runAs(
      database.ownerUrl,
      `revoke insert on page from paraph_app; revoke update (status) on copy from paraph_app;
       revoke delete on score from paraph_eraser`,
    )
    expect((await listMissingRights(database.db)).toSorted()).toEqual([
      'paraph_app INSERT page',
      'paraph_app UPDATE(status) copy',
      'paraph_eraser DELETE score',
    ])
  })

  it('of a role that is none of ours are told without its name', async () => {
    const name = `zzq7_${process.pid}`
    await runAs(database.ownerUrl, `create role ${name}; grant select on page to ${name}`)
    try {
      expect(await listPrivileges(database.db, ['page'])).toContain('another SELECT page')
    } finally {
      await runAs(database.ownerUrl, `revoke all on page from ${name}; drop role ${name}`)
    }
  })
})
