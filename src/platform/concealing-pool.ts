import { type PostgresPool, type PostgresPoolClient, sql } from 'kysely'
import pg from 'pg'
import { conceal } from '../observability/sensitive.ts'
import { isPlain } from './columns.ts'

/** Smaller ones are PostgreSQL's own, such as the catalogues. */
const FIRST_OID_OF_USERS = 16_384

const { BOOL, INT2, INT4, INT8, OID, FLOAT4, FLOAT8, NUMERIC } = pg.types.builtins
const { DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL, UUID } = pg.types.builtins
const [INT4_ARRAY, UUID_ARRAY] = [1_007, 2_951] as const

/** Types that have no room for a word. What SQL computes in one of them, a count say, may be seen. */
const WORDLESS: ReadonlySet<number> = new Set([
  ...[BOOL, INT2, INT4, INT8, OID, FLOAT4, FLOAT8, NUMERIC, INT4_ARRAY],
  ...[DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL, UUID, UUID_ARRAY],
])

export const COMPUTED_IS_PLAIN = '/* computed texts are plain */'

/**
 * Begins a statement whose computed texts may be seen, because they are made of ids and closed words. Columns stay what
 * they are classified as. `test/architecture/reveal-law.test.ts` lists who uses it.
 */
export const computedIsPlain = sql.raw(COMPUTED_IS_PLAIN)

/** Of each table, by its oid, the numbers of the columns whose values may be seen. */
type PlainColumns = ReadonlyMap<number, ReadonlySet<number>>

/**
 * A pool whose rows hold `Sensitive` for every value of a personal or secret column, whatever it is called in the
 * query: PostgreSQL says of each result column which table's column it is, through joins, subqueries and `returning`.
 * An expression (`lower(email)`, `jsonb_agg(…)`, a cast) and a union have no such origin, so texts, bytes and documents
 * without one are concealed as well, unless the statement declares them (`computedIsPlain`); numbers, times and ids are
 * not. Costs one look-up per result column.
 */
export function createConcealingPool(pool: pg.Pool): PostgresPool {
  const known = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  let plain: PlainColumns = new Map()

  function isConcealed({ tableID, columnID }: pg.FieldDef): boolean {
    return tableID >= FIRST_OID_OF_USERS && !plain.get(tableID)?.has(columnID)
  }

  async function concealRows(client: pg.PoolClient, text: string, result: pg.QueryResult): Promise<void> {
    const { fields, rows } = result
    // A table that is new to this process: the first query of all, or one after a migration.
    if (fields.some(({ tableID }) => tableID >= FIRST_OID_OF_USERS && !plain.has(tableID))) {
      plain = await readPlainColumns(client)
    }
    const mayCompute = text.startsWith(COMPUTED_IS_PLAIN)
    const concealed = fields.filter((field) =>
      field.tableID === 0 ? !mayCompute && !WORDLESS.has(field.dataTypeID) : isConcealed(field),
    )
    for (const name of new Set(concealed.map((field) => field.name))) {
      for (const row of rows) row[name] = conceal(row[name])
    }
  }

  function concealing(client: pg.PoolClient): PostgresPoolClient {
    const query = async (text: string, parameters: unknown[]): Promise<unknown> => {
      const result: pg.QueryResult | pg.QueryResult[] = await client.query(text, parameters)
      // Several statements in one text give several results.
      for (const one of [result].flat()) await concealRows(client, text, one)
      return result
    }
    return {
      query: query as PostgresPoolClient['query'],
      release: (destroy) => client.release(destroy),
    }
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    connect: async () => {
      const client = await pool.connect()
      const wrapped = known.get(client) ?? concealing(client)
      known.set(client, wrapped)
      return wrapped
    },
  }
}

async function readPlainColumns(client: pg.PoolClient): Promise<PlainColumns> {
  const { rows } = await client.query<{
    tableId: number
    columnId: number
    schema: string
    table: string
    column: string
  }>(`
    select a.attrelid as "tableId", a.attnum as "columnId", n.nspname as schema, c.relname as table, a.attname as column
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where c.oid >= ${FIRST_OID_OF_USERS} and c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0`)
  const plain = new Map<number, Set<number>>()
  for (const { tableId, columnId, schema, table, column } of rows) {
    const columns = plain.get(tableId) ?? new Set()
    plain.set(tableId, columns)
    if (isPlain(schema, table, column)) columns.add(columnId)
  }
  return plain
}
