import {
  CompiledQuery,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  type PostgresPool,
  PostgresQueryCompiler,
  type Transaction,
} from 'kysely'
import pg from 'pg'
import type { RevealPurpose } from '../observability/sensitive.ts'
import { createConcealingPool } from './concealing-pool.ts'
import { measurePool } from './pool-metrics.ts'
import { RequestDriver, requestSetting } from './request-driver.ts'

/** Rooms write their SQL in their own `store.ts` and type their own rows, so no table is declared here. */
type NoTables = Record<never, never>
export type Database = Kysely<NoTables>
export type Tx = Transaction<NoTables>

export type DatabaseOptions = {
  readonly applicationName: string
  readonly maxConnections?: number
  readonly statementTimeoutMs?: number
  readonly connectTimeoutMs?: number
  /** Whether this is the pool that the metrics of the process are about. */
  readonly isMeasured?: boolean
}

/**
 * Opens a pool of connections, whose rows hold `Sensitive` for personal and secret columns. The caller ends it with
 * `destroy()`.
 */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 10_000,
    idle_in_transaction_session_timeout: 60_000,
    ...(options.statementTimeoutMs ? { statement_timeout: options.statementTimeoutMs } : {}),
  })
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  // One that breaks while it is used fails its query; its own event has no listener then, and would end the process too.
  pool.on('connect', (client) => client.on('error', () => undefined))
  if (options.isMeasured) measurePool(pool)
  const inUse = new Set<pg.PoolClient>()
  pool.on('acquire', (client) => inUse.add(client))
  pool.on('release', (_error, client) => inUse.delete(client))
  const db = createKysely(createConcealingPool(pool))
  pools.set(db, pool)
  clientsInUse.set(db, inUse)
  return db
}

const pools = new WeakMap<Database, pg.Pool>()
const clientsInUse = new WeakMap<Database, ReadonlySet<pg.PoolClient>>()

/**
 * Breaks the connections that are in use, so that what waits on them fails: for a server that has gone silent, of
 * which no query ever ends by itself. The pool replaces them.
 */
export function breakConnections(db: Database): void {
  // `end` closes the socket at once when a query is under way.
  for (const client of clientsInUse.get(db) ?? []) void (client as unknown as pg.Client).end()
}

/**
 * The same connections as those of `db`, with rows as they are, for a library that knows nothing of `Sensitive`.
 * `purpose` is for the reader and the audit report. It ends with `db`; nobody else ends it.
 */
export function revealAll(db: Database, _purpose: RevealPurpose): Database {
  const pool = pools.get(db)
  if (!pool) throw new Error('not a database of openDatabase')
  return createKysely({
    options: pool.options,
    connect: () => pool.connect(),
    end: async () => undefined,
  })
}

function createKysely(pool: PostgresPool): Database {
  return new Kysely<NoTables>({
    dialect: {
      createDriver: () => new RequestDriver({ pool }),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    },
  })
}

/**
 * Runs `work` in one transaction; it rolls back when `work` throws. The request id of the context is set on the
 * transaction, in the round trip of its BEGIN, so that triggers and defaults can read `app.request_id`.
 */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  assertOutside(db)
  const end: End = { callbacks: [], lastWrites: [] }
  const begin = `begin${requestSetting()}`
  const result = await db.connection().execute(async (connection) => {
    const tx = connection as Tx
    ends.set(tx, end)
    try {
      await send(tx, [begin])
      const done = await work(tx)
      await commit(tx, end.lastWrites)
      return done
    } catch (error) {
      // A connection that is gone has rolled back by itself.
      await send(tx, ['rollback']).catch(() => undefined)
      throw error
    } finally {
      // Whoever comes too late is told.
      ends.delete(tx)
    }
  })
  for (const callback of end.callbacks) callback()
  return result
}

/** The commit of one that began inside another would end both. */
function assertOutside(db: Database): void {
  if (ends.has(db)) throw new Error('a transaction inside another')
}

/** Several statements without parameters travel together; PostgreSQL takes parameters for a single one only. */
export async function send(tx: Tx, statements: readonly string[]): Promise<void> {
  await tx.executeQuery(CompiledQuery.raw(statements.join(';\n')))
}

/** All last writes and the commit in one round trip; if that fails, one by one, as each of them says. */
async function commit(tx: Tx, writes: readonly LastWrite[]): Promise<void> {
  if (writes.length === 0) return end(tx)
  const statements = writes.flatMap((write) => write.statements)
  try {
    await send(tx, ['savepoint last', ...statements, 'release savepoint last', 'commit'])
  } catch (error) {
    // What fails here has failed with the commit, not before it, or has taken the connection with it.
    await send(tx, ['rollback to savepoint last', 'release savepoint last']).catch(() => {
      throw error
    })
    for (const write of writes) await write.writeAlone(error, writes.length === 1)
    await end(tx)
  }
}

/** Of a transaction in which something has failed unheard, PostgreSQL answers COMMIT with a rollback, and no error. */
async function end(tx: Tx): Promise<void> {
  const { rows } = await tx.executeQuery<{ command: string }>(CompiledQuery.raw('commit'))
  if (rows[0]?.command === 'ROLLBACK') throw new Error('the transaction was rolled back instead')
}

/**
 * Runs `work` in a transaction that only reads and sees one moment of the database throughout, whatever others commit
 * meanwhile.
 */
export async function inSnapshot<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  assertOutside(db)
  return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work)
}

/** What is to happen at the end of a transaction. */
type End = { readonly callbacks: (() => void)[]; readonly lastWrites: LastWrite[] }
const ends = new WeakMap<Database, End>()

function endOf(tx: Tx): End {
  const end = ends.get(tx)
  if (!end) throw new Error('not a transaction of inTransaction')
  return end
}

/** A write that travels with the commit, and so costs no round trip of its own. */
export type LastWrite = {
  /** Without parameters. */
  readonly statements: readonly string[]
  /**
   * Called when all last writes have failed together and are undone: writes by itself, or throws. `isOwn`: the error is
   * surely its own, since there was no other.
   */
  writeAlone(error: unknown, isOwn: boolean): Promise<void>
}

/** Leaves a write to the end of the transaction: nothing in it will see what was written. */
export function writeLast(tx: Tx, write: LastWrite): void {
  endOf(tx).lastWrites.push(write)
}

/**
 * Runs `callback` once the transaction has committed, and never if it rolls back: for log lines and metrics, which
 * must not tell of what did not happen. `callback` must not throw. Throws for a transaction of another making.
 */
export function afterCommit(tx: Tx, callback: () => void): void {
  endOf(tx).callbacks.push(callback)
}
