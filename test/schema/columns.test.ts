import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isPlain } from '../../src/platform/columns.ts'
import { listColumns } from '../support/columns.ts'
import { createTestDatabase, runAs, type TestDatabase } from '../support/database.ts'

const nameOf = ({ schema, table, column }: { schema: string; table: string; column: string }) =>
  `${schema}.${table}.${column}`

/** Columns of tables and of views, whatever kind of either; a view shows columns of tables under names of its own. */
const COLUMNS_OF_DATABASE = `
  select n.nspname as schema, c.relname as table, a.attname as column
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
   where n.nspname in ('public', 'people') and c.relkind in ('r', 'p', 'v', 'm', 'f')
     and a.attnum > 0 and not a.attisdropped`

describe('the classes of the columns', () => {
  let database: TestDatabase
  let columns: string[]
  beforeAll(async () => {
    database = await createTestDatabase()
    const rows = await runAs<{ schema: string; table: string; column: string }>(
      database.ownerUrl,
      COLUMNS_OF_DATABASE,
    )
    columns = rows.map(nameOf).sort()
  })
  afterAll(() => database?.drop())

  it('there is one for each column of the database, and for no column that is not there', () => {
    expect(listColumns().map(nameOf).sort()).toEqual(columns)
    expect(columns.length).toBeGreaterThan(100)
  })

  it('the schemas are ours; the one other holds the queue', async () => {
    const schemas = await runAs<{ name: string }>(
      database.ownerUrl,
      `select nspname as name from pg_namespace where nspname !~ '^pg_|^information_schema$' order by 1`,
    )
    expect(schemas.map(({ name }) => name)).toEqual(['people', 'pgboss', 'public'])
  })

  it('what a column holds may be seen when it is public or internal, and a column nobody classified may not', () => {
    const seen = listColumns().filter(({ schema, table, column }) => isPlain(schema, table, column))
    expect(new Set(seen.map((column) => column.class))).toEqual(new Set(['public', 'internal']))
    const concealed = listColumns().filter(({ schema, table, column }) => !isPlain(schema, table, column))
    expect(new Set(concealed.map((column) => column.class))).toEqual(new Set(['personal', 'secret']))
    expect(isPlain('people', 'account', 'added_tomorrow')).toBe(false)
    expect(isPlain('people', 'table_of_tomorrow', 'id')).toBe(false)
    expect(isPlain('pgboss', 'job', 'data')).toBe(true)
  })
})
