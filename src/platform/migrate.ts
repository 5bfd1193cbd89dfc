import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type pg from 'pg'
import { withConnection } from './connection.ts'
import { DATABASE_ROLES } from './database-roles.ts'
import { AppError } from './errors.ts'

const DIRECTORY = new URL('../../db/migrations/', import.meta.url)
/** Any constant will do; it keeps two processes from migrating at the same time. */
const ADVISORY_LOCK = 7_041_776

export type Migration = {
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

/** The numbered migrations of `db/migrations/`, in order. */
export function readMigrations(): readonly Migration[] {
  return readdirSync(DIRECTORY)
    .filter((file) => /^\d{4}_[a-z0-9-]+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(file, DIRECTORY), 'utf8')
      return {
        version: Number(file.slice(0, 4)),
        name: file.slice(5, -4),
        sql: text,
        sha256: createHash('sha256').update(text).digest('hex'),
      }
    })
}

/**
 * Brings the database to the newest migration, each in a transaction of its own, under an advisory lock.
 * Returns the versions applied now. Throws `database-roles-missing` before anything is made, and `migration-altered`
 * when an applied file has changed since.
 */
export async function migrateDatabase(url: string): Promise<readonly number[]> {
  return withConnection(url, { applicationName: 'paraph-migrate' }, async (client) => {
    await assertRoles(client)
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
    await client.query(`
      create table if not exists schema_migration (
        version integer primary key,
        name text not null,
        sha256 text not null,
        applied_at timestamptz not null default now()
      )`)
    const applied = await readApplied(client)
    const done: number[] = []
    for (const migration of readMigrations()) {
      const known = applied.get(migration.version)
      if (known === undefined) {
        await applyMigration(client, migration)
        done.push(migration.version)
      } else if (known !== migration.sha256) {
        throw new AppError('migration-altered', {
          title: `Migration ${migration.version} was applied in another form; migrations are never edited once released.`,
          logContext: { 'migration.version': migration.version },
        })
      }
    }
    return done
  })
}

/** The migrations that a database lacks, without changing it. */
export async function findPendingMigrations(url: string): Promise<readonly number[]> {
  return withConnection(url, { applicationName: 'paraph-migrate' }, async (client) => {
    const { rows } = await client.query<{ exists: boolean }>(
      "select to_regclass('schema_migration') is not null as exists",
    )
    const applied = rows[0]?.exists ? await readApplied(client) : new Map<number, string>()
    return readMigrations()
      .map(({ version }) => version)
      .filter((version) => !applied.has(version))
  })
}

/** Migrations grant by name: without a role one would fail half-way, with words that nobody should have to read. */
async function assertRoles(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>(
    'select rolname from pg_roles where rolname = any($1)',
    [DATABASE_ROLES],
  )
  const known = new Set(rows.map(({ rolname }) => rolname))
  const missing = DATABASE_ROLES.filter((role) => !known.has(role))
  if (missing.length === 0) return
  throw new AppError('database-roles-missing', {
    title: `The database lacks ${missing.join(', ')}: README.md has the SQL that makes the roles, under "With your own PostgreSQL".`,
  })
}

async function readApplied(client: pg.Client): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query<{ version: number; sha256: string }>(
    'select version, sha256 from schema_migration',
  )
  return new Map(rows.map((row) => [row.version, row.sha256]))
}

async function applyMigration(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.sql)
    await client.query('insert into schema_migration (version, name, sha256) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.sha256,
    ])
    await client.query('commit')
  } catch (error) {
    // A connection that is gone has rolled back by itself; what broke it is what is told.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}
