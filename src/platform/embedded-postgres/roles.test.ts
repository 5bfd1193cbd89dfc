import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf, newDirectory, query, removeTemporaryFolders } from '../../../test/support/postgres-trial.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts'

afterAll(removeTemporaryFolders)

const ADDED = ['paraph_integrator', 'paraph_eraser'] as const
const MEMBERSHIPS = `
  select roleid::regrole::text as role, member::regrole::text
    from pg_auth_members where member::regrole::text like 'paraph%'`

describe('the roles of the embedded PostgreSQL', () => {
  let directory: string
  let server: EmbeddedPostgres
  const secretOf = (login: string) => join(directory, 'secrets', `${login}.password`)

  beforeAll(async () => {
    directory = newDirectory()
    server = await startEmbeddedPostgres({ directory })
    await query(server.urls.migrate, 'create table kept as select 42 as answer')
  })

  it('are an owner that migrations act as, and logins that are members of nothing and own nothing', async () => {
    expect(await query(server.urls.owner, MEMBERSHIPS)).toEqual([
      { role: 'paraph_owner', member: 'paraph_migrate' },
    ])
    const attributes = `
      select rolname from pg_roles
       where rolname like 'paraph%' and rolcanlogin and rolinherit
         and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls) order by rolname`
    expect((await query(server.urls.owner, attributes)).map(({ rolname }) => rolname)).toEqual([
      'paraph_app',
      'paraph_eraser',
      'paraph_integrator',
      'paraph_migrate',
    ])
    const owners = `select distinct relowner::regrole::text as owner from pg_class where relnamespace = 'public'::regnamespace`
    expect(await query(server.urls.owner, owners)).toEqual([{ owner: 'paraph_owner' }])
  })

  it('lose at the next start what somebody gave them, whoever gave it', async () => {
    await query(
      server.urls.owner,
      `create role other createrole;
       grant paraph_owner to other with admin option;
       grant paraph_owner to paraph_app, paraph_integrator with admin option;
       grant paraph_owner to paraph_eraser granted by other;
       grant paraph_eraser to paraph_app;
       alter role paraph_eraser superuser createdb bypassrls;
       alter role paraph_integrator createrole replication`,
    )
    await startEmbeddedPostgres({ directory })
    expect(await query(server.urls.owner, MEMBERSHIPS)).toEqual([
      { role: 'paraph_owner', member: 'paraph_migrate' },
    ])
    for (const login of ['app', 'integrator', 'eraser'] as const) {
      expect(await codeOf(query(server.urls[login], 'drop table kept')), login).toBe('42501')
    }
    const powerful = `
      select rolname from pg_roles where rolname like 'paraph%'
         and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)`
    expect(await query(server.urls.owner, powerful)).toEqual([])
  })

  it.each([
    ['runs', async () => undefined],
    ['is stopped', () => server.stop()],
  ])('are completed in a folder of the version before, while its server %s', async (_, beforehand) => {
    await query(
      server.urls.owner,
      ADDED.map((login) => `drop owned by ${login}; drop role ${login};`).join('\n'),
    )
    for (const login of ADDED) rmSync(secretOf(login))
    await beforehand()
    const renewed = await startEmbeddedPostgres({ directory })
    const { integrator, eraser, ...kept } = renewed.urls
    expect(server.urls).toMatchObject(kept)
    expect(new Set(ADDED.map((login) => readFileSync(secretOf(login), 'utf8'))).size).toBe(2)
    expect(ADDED.map((login) => statSync(secretOf(login)).mode & 0o777)).toEqual([0o600, 0o600])
    expect(await query(integrator, 'select current_user as name')).toEqual([{ name: 'paraph_integrator' }])
    expect(await query(eraser, 'select current_user as name')).toEqual([{ name: 'paraph_eraser' }])
    expect(await query(kept.migrate, 'select answer from kept')).toEqual([{ answer: 42 }])
    server = renewed
  })
})
