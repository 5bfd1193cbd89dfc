import { inspect } from 'node:util'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { computedIsPlain, createConcealingPool } from './concealing-pool.ts'
import { type Database, inTransaction, openDatabase, revealAll } from './database.ts'

const NAME = 'Zoé Marqueur'
const EMAIL = 'zoe.marqueur@example.org'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
})
afterAll(() => database.drop())
beforeEach(() => runAs(database.ownerUrl, 'delete from people.account'))

const addAccount = (on: Database = db) =>
  sql<Row>`insert into people.account (name, email, role) values (${NAME}, ${EMAIL}, 'marker')
           returning name, role`.execute(on)

type Row = Record<string, unknown>
async function rowOf(query: ReturnType<typeof sql>, on: Database = db): Promise<Row> {
  const { rows } = await query.execute(on)
  return rows[0] as Row
}
const shown = (value: unknown) =>
  value instanceof Sensitive ? ['concealed', reveal(value, 'show-to-entitled-user')] : value

/** Whatever way PostgreSQL still knows which column it reads, its values come back concealed. */
const WAYS_OF_ASKING: Readonly<Record<string, ReturnType<typeof sql>>> = {
  'its own name': sql`select role, name from people.account`,
  'another name': sql`select role, name as role_of_whom from people.account`,
  'a plain column’s name': sql`select role, name as id from people.account`,
  everything: sql`select * from people.account`,
  'a join': sql`select b.role, a.name from people.account a join people.account b using (id)`,
  'an outer join': sql`select b.role, a.name from people.account b left join people.account a on a.id = b.id`,
  'a subquery': sql`select role, name from (select * from people.account order by id limit 1) a`,
  'a common table expression': sql`with a as (select role, name as n from people.account) select role, n from a`,
  lateral: sql`select b.role, a.name from people.account b, lateral (select b.name) a`,
  'an update': sql`update people.account set updated_at = now() returning role, name`,
  'an update within': sql`
    with a as (update people.account set updated_at = now() returning role, name) select role, name from a`,
  'a union': sql`
    select b.role, a.name from people.account b, (select name from people.account union select name from people.account) a`,
  'a parameter beside it': sql`select role, name from people.account where role = ${'marker'}`,
  'an expression': sql`select role, upper(lower(name)) as name, name || '' as n from people.account`,
  'a cast': sql`select role, name::varchar as name from people.account`,
  'a document': sql`select role, jsonb_agg(name) as names, min(name) as n from people.account group by role`,
  'an array': sql`select role, array_agg(name) as names, min(name) as n from people.account group by role`,
  bytes: sql`select role, name::bytea as bytes, coalesce(name, '') as n from people.account`,
  'two columns of one name': sql`select role, name as who, email as who from people.account`,
}

describe('a personal column asked for through', () => {
  beforeEach(() => addAccount())
  test.each(Object.entries(WAYS_OF_ASKING))(
    '%s comes back concealed, beside plain ones',
    async (_way, query) => {
      const row = await rowOf(query)
      expect(inspect(row)).not.toMatch(/Zoé|zoe/)
      const values = Object.values(row).map(shown)
      expect(values).toContain('marker')
      expect(values.flat()).toEqual(expect.arrayContaining(['concealed']))
      expect(values.flat().some((value) => value === NAME || value === EMAIL)).toBe(true)
    },
  )
})

describe('rows', () => {
  test('of an insertion are concealed, and a missing value stays missing', async () => {
    const { rows } = await addAccount()
    expect(rows.map((row) => [shown(row['name']), row['role']])).toEqual([[['concealed', NAME], 'marker']])
    expect(await rowOf(sql`select image from people.account`)).toEqual({ image: null })
  })

  test('conceal bytes and documents as what the driver makes of them', async () => {
    await sql`insert into people.sign_in_attempt (subject, attempts, last_at)
              values (${Buffer.alloc(32, 7)}, 1, now())`.execute(db)
    const { subject } = await rowOf(sql`select subject from people.sign_in_attempt`)
    expect(shown(subject)).toEqual(['concealed', Buffer.alloc(32, 7)])
    const { digest } = await rowOf(sql`select jsonb_build_object('n', 1.5) as digest`)
    expect(shown(digest)).toEqual(['concealed', { n: 1.5 }])
  })

  test('as a whole, and of columns that nobody classified, are concealed', async () => {
    await addAccount()
    const { whole } = await rowOf(sql`select a as whole from people.account a`)
    expect(inspect(whole)).toBe('[redacted]')
    await runAs(database.ownerUrl, 'alter table people.account add column nickname text default $$Zozo$$')
    expect(inspect(await rowOf(sql`select nickname from people.account`))).toBe('{ nickname: [redacted] }')
    await runAs(database.ownerUrl, 'alter table people.account drop column nickname')
  })

  test('of a table that was made after the first query are concealed too', async () => {
    await rowOf(sql`select role from people.account`)
    await runAs(
      database.ownerUrl,
      `create table people.nickname as select 'Zozo' as name; grant select on people.nickname to paraph_app`,
    )
    expect(inspect(await rowOf(sql`select name from people.nickname`))).toBe('{ name: [redacted] }')
    await runAs(database.ownerUrl, 'drop table people.nickname')
  })

  test('of several statements in one text are concealed', async () => {
    await addAccount()
    const pool = new pg.Pool({ connectionString: database.url })
    const client = await createConcealingPool(pool).connect()
    const text = 'select name from people.account; select email, role from people.account'
    const results = (await client.query<Row>(text, [])) as unknown as pg.QueryResult[]
    expect(
      inspect(
        results.map(({ rows }) => rows),
        { breakLength: 200 },
      ),
    ).toBe("[ [ { name: [redacted] } ], [ { email: [redacted], role: 'marker' } ] ]")
    client.release()
    await pool.end()
  })

  test('within a transaction are concealed, and can be written back without being revealed', async () => {
    await addAccount()
    await inTransaction(db, async (tx) => {
      const { name } = await rowOf(sql`select name from people.account`, tx as unknown as Database)
      await sql`update people.account set image = null, name = ${name} || '!'`.execute(tx)
    })
    expect(await runAs(database.ownerUrl, 'select name from people.account')).toEqual([{ name: `${NAME}!` }])
  })

  test('of the catalogue and of the queue are as they are, and so is what is computed and has no words', async () => {
    await addAccount()
    expect(await rowOf(sql`select relname from pg_class where oid = 'people.account'::regclass`)).toEqual({
      relname: 'account',
    })
    expect(await rowOf(sql`select name from pgboss.queue where name = 'import-batch'`)).toEqual({
      name: 'import-batch',
    })
    const computed = sql`
      select count(*)::int as accounts, max(length(name)) as longest, bool_and(role = 'marker') as markers,
             array_agg(id) = array_agg(id) as same, sum(2.5) as sum from people.account`
    expect(await rowOf(computed)).toEqual({
      accounts: 1,
      longest: NAME.length,
      markers: true,
      same: true,
      sum: '2.5',
    })
  })
})

describe('a statement that declares what it computes', () => {
  test('gets its words as they are, and its columns as ever', async () => {
    await addAccount()
    const row = await rowOf(sql`${computedIsPlain} select role || '!' as word, email from people.account`)
    expect([row['word'], shown(row['email'])]).toEqual(['marker!', ['concealed', EMAIL]])
  })

  test('declares it at its very beginning', async () => {
    const row = await rowOf(sql`select ${computedIsPlain} 'word' as word`)
    expect(shown(row['word'])).toEqual(['concealed', 'word'])
  })
})

describe('what a pool asks the catalogue', () => {
  const queriesOf = async (work: () => Promise<unknown>) => {
    const spy = vi.spyOn(pg.Client.prototype, 'query')
    await work()
    const texts = spy.mock.calls.map(([text]) => String(text))
    spy.mockRestore()
    return texts.filter((text) => text.includes('pg_attribute')).length
  }

  test('is asked once, by the first query that reads a table', async () => {
    const pool = openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: 1 })
    expect(await queriesOf(() => rowOf(sql`select 1 as one`, pool))).toBe(0)
    expect(await queriesOf(() => rowOf(sql`select role from people.account`, pool))).toBe(1)
    const later = async () => {
      for (const table of ['people.account', 'exam', 'pgboss.job', 'schema_migration']) {
        await rowOf(sql`select * from ${sql.table(table)}`, pool)
      }
    }
    expect(await queriesOf(later)).toBe(0)
    await pool.destroy()
  })
})

describe('a library that knows nothing of sensitive values', () => {
  test('gets rows as they are over the same connections, and nobody else does', async () => {
    const pool = openDatabase(database.url, { applicationName: 'paraph-shared', maxConnections: 1 })
    const plain = revealAll(pool, 'sign-in')
    await addAccount(pool)
    expect(await rowOf(sql`select name from people.account`, plain)).toEqual({ name: NAME })
    expect(shown((await rowOf(sql`select name from people.account`, pool))['name'])).toEqual([
      'concealed',
      NAME,
    ])
    const connections = `select 1 from pg_stat_activity where application_name = 'paraph-shared'`
    expect(await runAs(database.ownerUrl, connections)).toHaveLength(1)
    await plain.destroy()
    expect(await rowOf(sql`select role from people.account`, pool)).toEqual({ role: 'marker' })
    await pool.destroy()
  })

  test('is given it only of a database that was opened here', () => {
    expect(() => revealAll({} as Database, 'sign-in')).toThrow('openDatabase')
  })
})
