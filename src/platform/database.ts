import { CompiledQuery, Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { findContext } from '../observability/context.ts'

/** Rooms write their SQL in their own `store.ts` and type their own rows, so no table is declared here. */
type NoTables = Record<never, never>
export type Database = Kysely<NoTables>
export type Tx = Transaction<NoTables>

export type DatabaseOptions = {
  readonly applicationName: string
  readonly maxConnections?: number
  readonly statementTimeoutMs?: number
}

/** Opens a pool of connections. The caller ends it with `destroy()`. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 10_000,
    idle_in_transaction_session_timeout: 60_000,
    ...(options.statementTimeoutMs ? { statement_timeout: options.statementTimeoutMs } : {}),
  })
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  // One that breaks while it is used fails its query; its own event has no listener then, and would end the process too.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new Kysely<NoTables>({ dialect: new PostgresDialect({ pool }) })
}

/**
 * Runs `work` in one transaction; it rolls back when `work` throws. The request id of the context is set on the
 * transaction, so that triggers and defaults can read `app.request_id`.
 */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  const callbacks: (() => void)[] = []
  const result = await db.transaction().execute(async (tx) => {
    committed.set(tx, callbacks)
    const requestId = findContext()?.requestId
    if (requestId) {
      await tx.executeQuery(CompiledQuery.raw("select set_config('app.request_id', $1, true)", [requestId]))
    }
    return work(tx)
  })
  for (const callback of callbacks) callback()
  return result
}

const committed = new WeakMap<Tx, (() => void)[]>()

/**
 * Runs `callback` once the transaction has committed, and never if it rolls back: for log lines and metrics, which
 * must not tell of what did not happen. `callback` must not throw. Throws for a transaction of another making.
 */
export function afterCommit(tx: Tx, callback: () => void): void {
  const callbacks = committed.get(tx)
  if (!callbacks) throw new Error('not a transaction of inTransaction')
  callbacks.push(callback)
}
