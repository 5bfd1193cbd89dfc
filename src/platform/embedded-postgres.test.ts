import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  codeOf,
  newDirectory,
  query,
  removeTemporaryFolders,
  startElsewhere,
} from '../../test/support/postgres-trial.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts'

afterAll(removeTemporaryFolders)

describe('the embedded PostgreSQL, started once', () => {
  const steps: string[] = []
  let directory: string
  let server: EmbeddedPostgres

  beforeAll(async () => {
    directory = newDirectory()
    server = await startEmbeddedPostgres({ directory, onProgress: (step) => steps.push(step) })
  })

  it('makes the cluster in an empty folder and reports each step', () => {
    expect(steps).toEqual(['preparing', 'initializing', 'starting', 'ready'])
    expect(server.attached).toBe(false)
  })

  it.each([
    ['owner', 'postgres', 'postgres'],
    ['migrate', 'paraph_migrate', 'paraph_owner'],
    ['app', 'paraph_app', 'paraph_app'],
    ['integrator', 'paraph_integrator', 'paraph_integrator'],
    ['eraser', 'paraph_eraser', 'paraph_eraser'],
  ] as const)('answers the first query of %s', async (login, sessionUser, currentUser) => {
    const sql = `select session_user, current_user, current_database() as db, upper('éà') as upper`
    expect(await query(server.urls[login], sql)).toEqual([
      { session_user: sessionUser, current_user: currentUser, db: 'paraph', upper: 'ÉÀ' },
    ])
  })

  it('keeps its folders at 0700 and its secrets and logs at 0600', () => {
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8)
    expect(['data', 'run', 'log', 'secrets'].map((name) => modeOf(join(directory, name)))).toEqual(
      Array(4).fill('700'),
    )
    const secrets = readdirSync(join(directory, 'secrets')).map((name) => join(directory, 'secrets', name))
    expect(secrets).toHaveLength(5)
    expect(new Set(secrets.map((path) => readFileSync(path, 'utf8'))).size, 'all differ').toBe(5)
    expect(server.logPaths).toHaveLength(2)
    expect([...secrets, ...server.logPaths].map(modeOf)).toEqual(Array(7).fill('600'))
    expect(readdirSync(directory).sort()).toEqual(['boot.log', 'data', 'log', 'run', 'secrets', 'start.lock'])
    expect(readdirSync(join(directory, 'run')).filter((name) => name.startsWith('initdb'))).toEqual([])
  })

  it('is found by a second start, in the same process and in another', async () => {
    const again = await startEmbeddedPostgres({ directory })
    expect([again.attached, again.pid, again.urls]).toEqual([true, server.pid, server.urls])
    expect(await startElsewhere(directory)).toMatchObject({
      attached: true,
      pid: server.pid,
      steps: ['preparing', 'ready'],
    })
  })

  it('gives what a migration makes to the owner that cannot log in', async () => {
    await query(
      server.urls.migrate,
      'create table made_by_migration (id int); grant select on made_by_migration to paraph_app',
    )
    const sql = `select tableowner from pg_tables where tablename = 'made_by_migration'`
    expect(await query(server.urls.owner, sql)).toEqual([{ tableowner: 'paraph_owner' }])
    expect(await query(server.urls.app, 'select * from made_by_migration')).toEqual([])
    expect(await codeOf(query(server.urls.eraser, 'select * from made_by_migration'))).toBe('42501')
  })

  describe.each(['app', 'integrator', 'eraser'] as const)('refuses the login %s', (login) => {
    it.each([
      'create table stolen (id int)',
      'create temporary table stolen (id int)',
      'create schema stolen',
      'create database stolen',
      'create role stolen',
      'create extension amcheck',
      'create function stolen() returns int language sql as $$ select 1 $$',
      'select lo_create(0)',
      `select lo_from_bytea(0, 'x')`,
      'insert into made_by_migration values (1)',
      'drop table made_by_migration',
      'set role paraph_owner',
      'set role postgres',
      `select pg_read_file('PG_VERSION')`,
      `copy made_by_migration to program 'cat'`,
      'select * from pg_authid',
      'alter system set fsync = off',
    ])('%s', async (sql) => {
      expect(await codeOf(query(server.urls[login], sql))).toBe('42501')
    })
  })

  it('refuses migrations what only the superuser may do', async () => {
    expect(await codeOf(query(server.urls.migrate, 'create role stolen'))).toBe('42501')
    expect(await codeOf(query(server.urls.migrate, 'create database stolen'))).toBe('42501')
    expect(await codeOf(query(server.urls.migrate, `copy (select 1) to program 'cat'`))).toBe('42501')
  })

  it('lets no login into the other databases, and nobody in with a wrong password', async () => {
    const elsewhere = (url: string, database: string) =>
      query(url.replace('/paraph?', `/${database}?`), 'select 1')
    for (const database of ['postgres', 'template1']) {
      for (const login of ['migrate', 'app', 'integrator', 'eraser'] as const) {
        expect(await codeOf(elsewhere(server.urls[login], database)), login).toBe('42501')
      }
    }
    const wrong = server.urls.app.replace(/:[^:@]+@/, ':wrong@')
    expect(await codeOf(query(wrong, 'select 1'))).toBe('28P01')
    expect(await codeOf(query(wrong.replace('paraph_app', 'paraph_owner'), 'select 1'))).toBe('28P01')
  })

  it('writes no value of a faulty statement to its log', async () => {
    await query(
      server.urls.migrate,
      'create table faulty (mail text unique, name text not null, age int check (age > 0))',
    )
    const faults = [
      `insert into faulty values ('Zmarker', 'Zmarker', 1), ('Zmarker', 'Zmarker', 1)`,
      `insert into faulty values ('Zmarker', null, 1)`,
      `insert into faulty values ('Zmarker', 'Zmarker', -1)`,
      `select 'Zmarker'::int`,
      `select Zmarker`,
      `selekt 'Zmarker'`,
      `do $$ begin raise exception 'Zmarker'; end $$`,
      `do $$ begin raise warning 'Zmarker'; end $$`,
    ]
    for (const sql of faults) await codeOf(query(server.urls.migrate, sql))
    const wrong = server.urls.app.replace(/:[^:@]+@/, ':Zmarker@')
    expect(await codeOf(query(wrong, 'select 1'))).toBe('28P01')
    const log = server.logPaths.map((path) => readFileSync(path, 'utf8')).join('')
    // The refused login shows that this is the log that would hold the rest.
    expect(log).toContain('28P01 FATAL')
    expect(log.toLowerCase()).not.toContain('zmarker')
  })

  it('repairs roles, passwords and the database that a crash or a hand has spoilt', async () => {
    const asAdmin = server.urls.owner.replace('/paraph?', '/postgres?')
    await query(asAdmin, 'drop database paraph with (force)')
    await query(asAdmin, 'drop role paraph_app')
    await query(
      asAdmin,
      `alter role paraph_migrate superuser createdb password 'other'; grant connect on database postgres to public`,
    )
    await query(asAdmin, 'alter role paraph_owner login')
    const repaired = await startEmbeddedPostgres({ directory })
    expect(repaired.urls).toEqual(server.urls)
    expect(await query(server.urls.app, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await codeOf(query(server.urls.migrate, 'create role stolen'))).toBe('42501')
    expect(await codeOf(query(server.urls.app.replace('/paraph?', '/postgres?'), 'select 1'))).toBe('42501')
    const sql = `select rolcanlogin from pg_roles where rolname = 'paraph_owner'`
    expect(await query(server.urls.owner, sql)).toEqual([{ rolcanlogin: false }])
  })

  it('makes a new password for a login whose file is lost, and says so when the superuser’s is', async () => {
    rmSync(join(directory, 'secrets', 'paraph_app.password'))
    const renewed = await startEmbeddedPostgres({ directory })
    expect(renewed.urls.app).not.toBe(server.urls.app)
    expect(await query(renewed.urls.app, 'select 1 as one')).toEqual([{ one: 1 }])
    const secret = join(directory, 'secrets', 'postgres.password')
    const kept = readFileSync(secret, 'utf8')
    rmSync(secret)
    expect(await codeOf(startEmbeddedPostgres({ directory }))).toBe('database-secrets-unusable')
    writeFileSync(secret, 'wrong', { mode: 0o600 })
    expect(await codeOf(startEmbeddedPostgres({ directory }))).toBe('database-secrets-unusable')
    writeFileSync(secret, kept)
    expect((await startEmbeddedPostgres({ directory })).attached).toBe(true)
  })
})
