import { join } from 'node:path'
import { sql } from 'kysely'
import { createAppendEvent } from '../audit/append.ts'
import { runInContext } from '../observability/context.ts'
import { addAccount } from '../people/add-account.ts'
import type { Config } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { startEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import type { Role } from '../platform/http-route.ts'
import { newId } from '../platform/ids.ts'
import { loadKeys, operatorRef } from '../platform/keys.ts'
import { migrateAll } from './migrate.ts'
import { readPassword } from './password.ts'

/**
 * `paraph user add`: makes an account, also while `paraph start` runs. The password never is an argument, which other
 * users of the machine could read.
 */
export async function runUserAdd(
  config: Config,
  options: { email: string; name: string; role: Role },
): Promise<void> {
  const password = await readPassword('Password (12 characters or more): ')
  const server = config.databaseUrl
    ? undefined
    : await startEmbeddedPostgres({ directory: join(config.dataDirectory, 'postgres') })
  const db = openDatabase(config.databaseUrl ?? server?.urls.app ?? '', { applicationName: 'paraph-command' })
  try {
    if (server) await migrateAll({ migrateUrl: server.urls.migrate, keysDirectory: config.keysDirectory })
    const keys = loadKeys(config.keysDirectory)
    const appendEvent = createAppendEvent({ keys })
    const actor = { kind: 'operator', ref: operatorRef(keys, process.getuid?.() ?? 0) } as const
    const { accountId, role } = await runInContext({ requestId: newId(), actor }, () =>
      addAccount({ db, appendEvent }, { ...options, password }),
    )
    process.stdout.write(`made account ${accountId} (${role})\n`)
  } finally {
    // A server that was running before us, or that somebody uses by now, is not ours to stop.
    const isOurs = server && !server.attached && !(await hasOtherClients(db))
    await db.destroy()
    if (isOurs) await server.stop()
  }
}

async function hasOtherClients(db: Database): Promise<boolean> {
  const { rows } = await sql`
    select 1 from pg_stat_activity
     where backend_type = 'client backend' and application_name <> 'paraph-command'`.execute(db)
  return rows.length > 0
}
