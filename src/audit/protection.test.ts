import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { AUDIT_TABLES, findLooseProtection } from './protection.ts'

describe('the protection of the audit log', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())
  const asSuperuser = (statement: string) => runAs(database.ownerUrl, statement)

  it('is whole in a database that was just migrated', async () => {
    expect(await findLooseProtection(database.db)).toEqual([])
  })

  it('covers every table of the log', async () => {
    const tables = await asSuperuser(
      `select relname from pg_class where relname ~ '^audit_' and relkind = 'r'`,
    )
    expect(AUDIT_TABLES.toSorted()).toEqual(tables.map((row) => row['relname']).toSorted())
  })

  it.each([
    ['grant update on audit_event to paraph_app', 'extra privilege: paraph_app UPDATE audit_event'],
    [
      'grant update (leaf) on audit_event to paraph_app',
      'extra privilege: paraph_app UPDATE(leaf) audit_event',
    ],
    ['grant delete on audit_sealed to public', 'extra privilege: public DELETE audit_sealed'],
    ['revoke insert on audit_spool from paraph_app', 'missing privilege: paraph_app INSERT audit_spool'],
    [
      'alter table audit_event disable trigger audit_event_is_append_only',
      'missing trigger: audit_event_is_append_only',
    ],
    [
      'alter table audit_leaf enable trigger audit_leaf_is_append_only',
      'missing trigger: audit_leaf_is_append_only',
    ],
    ['drop trigger copy_is_guarded on copy', 'missing trigger: copy_is_guarded'],
  ])('is found loose after: %s', async (statement, finding) => {
    const changed = await createTestDatabase()
    await runAs(changed.ownerUrl, statement)
    expect(await findLooseProtection(changed.db)).toEqual([finding])
    await changed.drop()
  })

  const logins = { app: 'url', integrator: 'integratorUrl', eraser: 'eraserUrl' } as const
  it.each(
    Object.values(logins).flatMap((login) =>
      [
        'update audit_event set seq = seq',
        'delete from audit_event',
        'truncate audit_event',
        'truncate audit_sealed',
        'update audit_leaf set leaf_hash = leaf_hash',
        'delete from audit_leaf',
        'delete from audit_checkpoint',
        'delete from audit_signing',
        'update audit_sealed set field = field',
        'set session_replication_role = replica',
        'alter table audit_event disable trigger all',
        'insert into audit_event (id) overriding system value values (1)',
      ].map((statement) => [login, statement] as const),
    ),
  )('refuses the login of %s: %s', async (login, statement) => {
    await expect(runAs(database[login], statement)).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|23502)$/),
    })
  })

  it.each([
    ['url', 'delete from audit_pending'],
    ['url', 'delete from audit_sealed'],
    ['url', 'update audit_tree set size = 0'],
    ['integratorUrl', 'select * from copy'],
    ['integratorUrl', 'select * from people.account'],
    ['integratorUrl', 'delete from audit_sealed'],
    ['eraserUrl', 'delete from audit_pending'],
    ['eraserUrl', 'update audit_tree set size = 0'],
  ] as const)('gives nobody the right of another: %s, %s', async (login, statement) => {
    await expect(runAs(database[login], statement)).rejects.toMatchObject({ code: '42501' })
  })

  it('stops a superuser who forgets what he is, until he disables it', async () => {
    await asSuperuser(
      `insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, request_id, occurred_at, metadata, leaf, mac)
       values ('system', gen_random_uuid(), 1, 'GAP', 'system', 'request-0001', now(), '{}', 'x', decode(repeat('00', 36), 'hex'))`,
    )
    for (const statement of ['delete from audit_event', 'truncate audit_event cascade']) {
      await expect(asSuperuser(`set session_replication_role = replica; ${statement}`)).rejects.toThrow(
        'append-only table',
      )
    }
  })
})
