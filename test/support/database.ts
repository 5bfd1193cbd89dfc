import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { inject } from 'vitest'
import { withConnection } from '../../src/platform/connection.ts'
import { type Database, openDatabase } from '../../src/platform/database.ts'

export type TestDatabase = {
  /** Connection as the application's login. */
  readonly url: string
  /** Connection as the login that puts the audit log in order. */
  readonly integratorUrl: string
  /** Connection as the login that makes the audit log forget. */
  readonly eraserUrl: string
  /** Connection as the superuser, for what only an administrator could do. */
  readonly ownerUrl: string
  readonly db: Database
  drop(): Promise<void>
}

/** A fresh clone of the migrated database, for one test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  // Not connected to the template: two files that clone it at the same time would wait for each other, and fail.
  const administrator = withDatabase(inject('databaseOwnerUrl'), 'postgres')
  await runAs(administrator, `create database ${name} template paraph owner paraph_owner`)
  const url = withDatabase(inject('databaseAppUrl'), name)
  const db = openDatabase(url, { applicationName: 'paraph-test', maxConnections: 8 })
  return {
    url,
    integratorUrl: withDatabase(inject('databaseIntegratorUrl'), name),
    eraserUrl: withDatabase(inject('databaseEraserUrl'), name),
    ownerUrl: withDatabase(administrator, name),
    db,
    drop: async () => {
      await db.destroy()
      await runAs(administrator, `drop database if exists ${name} with (force)`)
    },
  }
}

/** Runs one statement on a connection of its own. */
export async function runAs<R extends pg.QueryResultRow>(
  url: string,
  statement: string,
  values: unknown[] = [],
): Promise<R[]> {
  return withConnection(url, { applicationName: 'paraph-test' }, async (client) => {
    const { rows } = await client.query<R>(statement, values)
    return rows
  })
}

function withDatabase(url: string, name: string): string {
  const result = new URL(url)
  result.pathname = `/${name}`
  return result.href
}
