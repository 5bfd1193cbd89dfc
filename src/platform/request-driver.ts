import { CompiledQuery, PostgresDriver, type TransactionSettings } from 'kysely'
import { findContext } from '../observability/context.ts'

type Connection = Parameters<PostgresDriver['rollbackTransaction']>[0]

/** Nothing that could end the literal it stands in. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/

/**
 * Begins each transaction with the request id of the context in `app.request_id`, in the same round trip. The setting
 * ends with the transaction. Throws, before anything is sent, for an id with other characters.
 */
export class RequestDriver extends PostgresDriver {
  override async beginTransaction(
    connection: Connection,
    { isolationLevel, accessMode }: TransactionSettings,
  ): Promise<void> {
    const begin = ['begin', isolationLevel && `isolation level ${isolationLevel}`, accessMode]
    const text = begin.filter(Boolean).join(' ') + requestSetting()
    try {
      await connection.executeQuery(CompiledQuery.raw(text))
    } catch (error) {
      // When only the second statement failed, the connection would go back to the pool inside a transaction.
      await this.rollbackTransaction(connection).catch(() => undefined)
      throw error
    }
  }
}

/**
 * What is appended to BEGIN: a function call, not `set local`, of which `pg_stat_statements` would see one statement for
 * each request. Throws for an id with other characters.
 */
export function requestSetting(): string {
  const requestId = findContext()?.requestId
  if (requestId === undefined) return ''
  if (!REQUEST_ID.test(requestId)) throw new TypeError('not a request id')
  return `; select set_config('app.request_id', '${requestId}', true)`
}
