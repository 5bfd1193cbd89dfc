import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { findPendingMigrations, migrateDatabase, readMigrations } from './migrate.ts'

const versions = readMigrations().map((migration) => migration.version)
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** An empty database for the length of the work. */
async function withEmptyDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const administrator = inject('databaseOwnerUrl')
  const name = `empty_${process.pid}_${Math.random().toString(36).slice(2)}`
  await runAs(administrator, `create database ${name}`)
  const url = new URL(administrator)
  url.pathname = `/${name}`
  try {
    return await work(url.href)
  } finally {
    await runAs(administrator, `drop database ${name} with (force)`)
  }
}
const appliedOf = async (url: string) =>
  (await runAs<{ version: number }>(url, 'select version from schema_migration order by version')).map(
    (row) => row.version,
  )

test('migrations are numbered from 1 without a gap and named by their file', () => {
  expect(versions).toEqual(versions.map((_, index) => index + 1))
  expect(versions.length).toBeGreaterThan(0)
  for (const migration of readMigrations()) expect(migration.name).toMatch(/^[a-z0-9-]+$/)
})

test('a database that is up to date is left as it is', async () => {
  expect(await migrateDatabase(database.ownerUrl)).toEqual([])
  expect(await appliedOf(database.ownerUrl)).toEqual(versions)
})

test('what a database lacks can be asked by the application, which changes nothing', async () => {
  expect(await findPendingMigrations(database.url)).toEqual([])
  await runAs(database.ownerUrl, 'delete from schema_migration where version = 2')
  expect(await findPendingMigrations(database.url)).toEqual([2])
  const [second] = readMigrations().slice(1)
  const values = [2, second?.name, second?.sha256]
  await runAs(
    database.ownerUrl,
    'insert into schema_migration (version, name, sha256) values ($1, $2, $3)',
    values,
  )
  expect(await findPendingMigrations(database.url)).toEqual([])
})

describe('an empty database', () => {
  test('lacks all migrations, and asking does not make it their home', async () => {
    await withEmptyDatabase(async (url) => {
      expect(await findPendingMigrations(url)).toEqual(versions)
      expect(await findPendingMigrations(url)).toEqual(versions)
    })
  })

  test('is brought up to date, once, even by processes that start together', async () => {
    await withEmptyDatabase(async (url) => {
      const applied = await Promise.all([migrateDatabase(url), migrateDatabase(url), migrateDatabase(url)])
      expect(applied.map((list) => list.length).sort()).toEqual([0, 0, versions.length])
      expect(applied.flat()).toEqual(versions)
      expect(await appliedOf(url)).toEqual(versions)
    })
  })

  test('keeps the migrations before the one that fails, and nothing of that one', async () => {
    await withEmptyDatabase(async (url) => {
      // The third migration finds its first table taken.
      const [taken] =
        /create table (?:if not exists )?([\w.]+)/.exec(readMigrations()[2]?.sql ?? '')?.slice(1) ?? []
      const [schema, table] = taken?.includes('.') ? taken.split('.') : ['public', taken]
      await runAs(url, `create schema if not exists ${schema}; create table ${schema}.${table} (taken int)`)
      await expect(migrateDatabase(url)).rejects.toMatchObject({ code: expect.stringMatching(/^42P0[67]$/) })
      expect(await appliedOf(url)).toEqual([1, 2])
      await runAs(url, `drop ${schema === 'public' ? `table ${table}` : `schema ${schema} cascade`}`)
      expect(await migrateDatabase(url)).toEqual(versions.slice(2))
    })
  })
})

test('a migration that was edited after it was applied is refused by its number', async () => {
  await runAs(database.ownerUrl, `update schema_migration set sha256 = 'another' where version = 2`)
  await expect(migrateDatabase(database.ownerUrl)).rejects.toMatchObject({
    code: 'migration-altered',
    logContext: { 'migration.version': 2 },
  })
})

test('a connection that is ended while it waits for its turn is an error, and not the end of the process', async () => {
  await withEmptyDatabase(async (url) => {
    const holder = runAs(url, 'select pg_advisory_lock(7041776), pg_sleep(60)').catch(() => undefined)
    const held = `select from pg_locks where locktype = 'advisory' and granted
                  and database = (select oid from pg_database where datname = current_database())`
    await expect.poll(async () => (await runAs(url, held)).length, { timeout: 10_000 }).toBe(1)
    const waiting = migrateDatabase(url)
    const outcome = waiting.catch((error: unknown) => error)
    const blocked = `select pid from pg_stat_activity where application_name = 'paraph-migrate' and wait_event = 'advisory'
                     and datname = current_database()`
    await expect.poll(async () => (await runAs(url, blocked)).length, { timeout: 10_000 }).toBe(1)
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`
    await runAs(url, kill)
    // The server's word for it, or the driver's when the query had just been answered.
    expect(await outcome).toBeInstanceOf(Error)
    await holder
  })
})
