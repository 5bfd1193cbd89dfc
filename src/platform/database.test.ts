import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { runInContext } from '../observability/context.ts'
import { afterCommit, type Database, inTransaction, openDatabase, type Tx, writeLast } from './database.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  await runAs(
    database.ownerUrl,
    `create table public.note (id int unique deferrable initially deferred,
       request_id text default current_setting('app.request_id', true));
     grant all on public.note to paraph_app`,
  )
})
afterAll(() => database.drop())
beforeEach(() => runAs(database.ownerUrl, 'truncate public.note'))

const SYSTEM = { kind: 'system' } as const
const write = (tx: Tx, id: number) => sql`insert into public.note (id) values (${id})`.execute(tx)
const notes = () =>
  runAs<{ id: number; request_id: string | null }>(
    database.ownerUrl,
    'select id, request_id from public.note order by id',
  )
async function isRequestIdSet(on: Database): Promise<boolean | undefined> {
  const { rows } = await sql<{ isSet: boolean }>`
    select coalesce(current_setting('app.request_id', true), '') <> '' as "isSet"`.execute(on)
  return rows[0]?.isSet
}
/** The texts that are sent to the server meanwhile, one for each round trip. */
async function roundTripsOf(work: () => Promise<unknown>): Promise<string[]> {
  const spy = vi.spyOn(pg.Client.prototype, 'query')
  await work()
  const sent = spy.mock.calls.map(([text]) => String(text))
  spy.mockRestore()
  return sent
}

describe('a transaction', () => {
  test('keeps what its work wrote and gives back what it answered', async () => {
    const answer = await inTransaction(db, async (tx) => {
      await write(tx, 1)
      return 'done'
    })
    expect(answer).toBe('done')
    expect(await notes()).toHaveLength(1)
  })

  test('keeps nothing when its work throws, and the error comes out', async () => {
    const failure = new Error('half way')
    const failing = inTransaction(db, async (tx) => {
      await write(tx, 1)
      throw failure
    })
    await expect(failing).rejects.toBe(failure)
    expect(await notes()).toEqual([])
  })

  test('tells the database the request id of the context, and only while it lasts', async () => {
    const single = openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: 1 })
    await runInContext({ requestId: 'request-1', actor: SYSTEM }, () =>
      inTransaction(single, (tx) => write(tx, 1)),
    )
    await inTransaction(single, (tx) => write(tx, 2))
    await expect(
      runInContext({ requestId: 'request-3', actor: SYSTEM }, () =>
        inTransaction(single, async () => {
          throw new Error('no')
        }),
      ),
    ).rejects.toThrow('no')
    expect(await isRequestIdSet(single)).toBe(false)
    await single.destroy()
    const [first, second] = await notes()
    expect([first?.request_id, second?.request_id || null]).toEqual(['request-1', null])
  })

  test('of three hundred requests on two connections each have their own request id', async () => {
    const pool = openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: 2 })
    const ids = Array.from({ length: 300 }, (_, index) => index)
    await Promise.all(
      ids.map((id) =>
        runInContext({ requestId: `request-${id}`, actor: SYSTEM }, () =>
          inTransaction(pool, (tx) => write(tx, id)),
        ),
      ),
    )
    await pool.destroy()
    expect(await notes()).toEqual(ids.map((id) => ({ id, request_id: `request-${id}` })))
  })

  test('carries the request id along with its beginning, without a round trip of its own', async () => {
    const single = openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: 1 })
    const transaction = () => inTransaction(single, (tx) => write(tx, 1))
    await sql`select 1`.execute(single)
    const sent = await roundTripsOf(() =>
      runInContext({ requestId: 'request-1', actor: SYSTEM }, () => transaction()),
    )
    expect(sent).toEqual([
      "begin; select set_config('app.request_id', 'request-1', true)",
      expect.stringContaining('insert'),
      'commit',
    ])
    await runAs(database.ownerUrl, 'truncate public.note')
    expect(await roundTripsOf(transaction)).toEqual(['begin', expect.stringContaining('insert'), 'commit'])
    await single.destroy()
  })

  test('inside another is an error: its commit would end both', async () => {
    const nested = inTransaction(db, (tx) => inTransaction(tx, (inner) => write(inner, 1)))
    await expect(nested).rejects.toThrow('inside another')
    expect(await notes()).toEqual([])
  })

  test('in which something has failed unheard does not pass for one that was committed', async () => {
    const told: string[] = []
    const deaf = inTransaction(db, async (tx) => {
      afterCommit(tx, () => told.push('told'))
      await sql`select 1 / 0`.execute(tx).catch(() => undefined)
    })
    await expect(deaf).rejects.toThrow('rolled back')
    expect(told).toEqual([])
  })

  test('that is over takes no last write, and nothing to tell', async () => {
    const late = await inTransaction(db, async (tx) => tx)
    expect(() => afterCommit(late, () => undefined)).toThrow('inTransaction')
    expect(() => writeLast(late, { statements: [], writeAlone: async () => undefined })).toThrow(
      'inTransaction',
    )
  })

  test('sends its last writes with its end', async () => {
    const single = openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: 1 })
    const insert = (id: number) => ({
      statements: [`insert into note (id) values (${id})`],
      writeAlone: async () => undefined,
    })
    await sql`select 1`.execute(single)
    const sent = await roundTripsOf(() =>
      inTransaction(single, async (tx) => {
        writeLast(tx, insert(1))
        writeLast(tx, insert(2))
      }),
    )
    expect(sent).toEqual(['begin', expect.stringMatching(/^savepoint last;[\s\S]+;\ncommit$/)])
    await single.destroy()
    expect((await notes()).map(({ id }) => id)).toEqual([1, 2])
  })

  test.each([`'; drop table public.note; --`, 'a b', 'é', '', 'x'.repeat(65), `a'`, 'a\\', 'a\n'])(
    'refuses a request id with other characters, before anything is sent: %j',
    async (requestId) => {
      const sent = await roundTripsOf(() =>
        runInContext({ requestId, actor: SYSTEM }, () =>
          expect(inTransaction(db, (tx) => write(tx, 1))).rejects.toThrow('not a request id'),
        ),
      )
      expect(sent).toEqual([])
      expect(await notes()).toEqual([])
    },
  )

  test('of another kind keeps its kind, and its request id', async () => {
    const { rows } = await runInContext({ requestId: 'request-1', actor: SYSTEM }, () =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((tx) =>
          sql`select current_setting('transaction_isolation') = 'repeatable read' as isolated,
                     current_setting('transaction_read_only')::bool as "readOnly",
                     current_setting('app.request_id') = 'request-1' as told`.execute(tx),
        ),
    )
    expect(rows).toEqual([{ isolated: true, readOnly: true, told: true }])
  })

  test('that begins only in part gives its connection back as it was', async () => {
    const single = openDatabase(database.url, { applicationName: 'paraph-test', maxConnections: 1 })
    const right = 'execute on function set_config(text, text, boolean)'
    await runAs(database.ownerUrl, `revoke ${right} from public`)
    const failing = runInContext({ requestId: 'request-1', actor: SYSTEM }, () =>
      inTransaction(single, (tx) => write(tx, 1)),
    )
    await expect(failing).rejects.toMatchObject({ code: '42501' })
    await runAs(database.ownerUrl, `grant ${right} to public`)
    await inTransaction(single, (tx) => write(tx, 2))
    await single.destroy()
    expect(await notes()).toEqual([{ id: 2, request_id: null }])
  })
})

describe('what is to run after the commit', () => {
  test('runs once, in order, when the rows can be seen by everybody', async () => {
    const told: string[] = []
    let seen: Promise<unknown[]> = Promise.resolve([])
    await inTransaction(db, async (tx) => {
      afterCommit(tx, () => {
        seen = notes()
        told.push('first')
      })
      afterCommit(tx, () => told.push('second'))
      await write(tx, 1)
      expect(told).toEqual([])
    })
    expect(told).toEqual(['first', 'second'])
    expect(await seen).toHaveLength(1)
  })

  test('never runs when the work throws', async () => {
    const told: string[] = []
    const failing = inTransaction(db, async (tx) => {
      afterCommit(tx, () => told.push('told'))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(told).toEqual([])
  })

  test('never runs when it is the commit itself that fails', async () => {
    const told: string[] = []
    const failing = inTransaction(db, async (tx) => {
      afterCommit(tx, () => told.push('told'))
      await write(tx, 1)
      await write(tx, 1)
    })
    await expect(failing).rejects.toMatchObject({ code: '23505' })
    expect([told, await notes()]).toEqual([[], []])
  })

  test('of one transaction is not told by another', async () => {
    const told: string[] = []
    await Promise.allSettled(
      ['kept', 'lost', 'kept too'].map((name) =>
        inTransaction(db, async (tx) => {
          afterCommit(tx, () => told.push(name))
          await sql`select pg_sleep(0.02)`.execute(tx)
          expect(name).not.toBe('lost')
        }),
      ),
    )
    expect(told.sort()).toEqual(['kept', 'kept too'])
  })

  test('of a transaction that nobody opened here is an error, rather than silence', async () => {
    const failing = db.transaction().execute(async (tx) => afterCommit(tx, () => undefined))
    await expect(failing).rejects.toThrow('inTransaction')
  })
})

describe('a pool of connections', () => {
  test('is named, so that the database can tell the processes apart', async () => {
    const named = openDatabase(database.url, { applicationName: 'paraph-somebody' })
    const { rows } = await sql`
      select application_name as name from pg_stat_activity where pid = pg_backend_pid()`.execute(named)
    await named.destroy()
    expect(rows).toEqual([{ name: 'paraph-somebody' }])
  })

  test('ends a statement that takes longer than it may', async () => {
    const hasty = openDatabase(database.url, { applicationName: 'paraph-test', statementTimeoutMs: 50 })
    await expect(sql`select pg_sleep(5)`.execute(hasty)).rejects.toMatchObject({ code: '57014' })
    await hasty.destroy()
  })

  test('replaces connections that the database has ended', async () => {
    const pool = openDatabase(database.url, { applicationName: 'paraph-victim', maxConnections: 2 })
    await sql`select 1`.execute(pool)
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'paraph-victim'`
    expect(await runAs(database.ownerUrl, kill)).toHaveLength(1)
    await expect
      .poll(() => sql`select 1 as one`.execute(pool).catch(() => undefined))
      .toMatchObject({ rows: [{ one: 1 }] })
    await pool.destroy()
  })
})
