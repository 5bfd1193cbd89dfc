import { join } from 'node:path'
import { createAppendEvent } from '../audit/append.ts'
import { drainSpool } from '../audit/drain-spool.ts'
import type { Actor } from '../observability/context.ts'
import type { Login, RepairDeps } from '../operations/repairs/repair-kind.ts'
import type { Config } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { findEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { AppError } from '../platform/errors.ts'
import { operatorRef } from '../platform/keys.ts'
import { SECOND } from '../platform/units.ts'
import { type Boss, openBoss } from '../queue/boss.ts'
import { createEnqueue } from '../queue/enqueue.ts'
import { assertMigrated } from './migrate.ts'
import { findKeys } from './open-reader.ts'

export type Repairer = { readonly deps: RepairDeps; readonly actor: Actor; close(): Promise<void> }

type Urls = Readonly<Record<Login, string | undefined>>
const SETTING_OF: Readonly<Record<Login, string>> = {
  paraph_app: 'DATABASE_URL',
  paraph_integrator: 'DATABASE_INTEGRATOR_URL',
  paraph_eraser: 'DATABASE_ERASER_URL',
}
const APPLICATION_NAME = 'paraph-command'

/**
 * What repairs need, on the external database or on the embedded one while it runs; no other process of Paraph. Logins
 * and the queue are opened by the repairs that use them. Throws `invalid-settings` without the keys of this installation,
 * `database-unavailable`, `database-not-migrated`.
 */
export async function openRepairer(config: Config): Promise<Repairer> {
  const keys = findKeys(config)
  if (keys === undefined) {
    throw new AppError('invalid-settings', {
      title: 'PARAPH_KEYS must be the folder of keys of the installation whose database this is.',
    })
  }
  const urls = await findUrls(config)
  const opened = new Map<Login, Database>()
  function databaseOf(login: Login): Database {
    const db = opened.get(login) ?? open(urls, login)
    opened.set(login, db)
    return db
  }
  let queue: Promise<Boss> | undefined
  const openQueue = (): Promise<Boss> => {
    queue ??= openBoss(urls.paraph_app ?? '', {
      applicationName: APPLICATION_NAME,
      supervise: false,
      maxConnections: 1,
    })
    return queue
  }
  const db = databaseOf('paraph_app')
  await assertMigrated(urls.paraph_app ?? '')
  return {
    deps: {
      db,
      appendEvent: createAppendEvent({ keys }),
      enqueue: async (tx, job, payload) => {
        const { retrySeconds } = config
        return createEnqueue({ boss: await openQueue(), retrySeconds })(tx, job, payload)
      },
      databaseOf,
      drainSpool: () => drainSpool({ db: databaseOf('paraph_integrator'), keys }),
    },
    actor: { kind: 'operator', ref: operatorRef(keys, process.getuid?.() ?? 0) },
    close: async () => {
      await (await queue)?.stop({ graceful: false })
      await Promise.all([...opened.values()].map((one) => one.destroy()))
    },
  }
}

function open(urls: Urls, login: Login): Database {
  const url = urls[login]
  if (url === undefined) {
    throw new AppError('invalid-settings', {
      title: `Set ${SETTING_OF[login]}: this repair needs that login.`,
    })
  }
  return openDatabase(url, {
    applicationName: APPLICATION_NAME,
    maxConnections: 2,
    connectTimeoutMs: 5 * SECOND,
    statementTimeoutMs: 30 * SECOND,
  })
}

async function findUrls(config: Config): Promise<Urls> {
  if (config.databaseUrl) {
    const { databaseUrl, integratorUrl, eraserUrl } = config
    return { paraph_app: databaseUrl, paraph_integrator: integratorUrl, paraph_eraser: eraserUrl }
  }
  const found = await findEmbeddedPostgres(join(config.dataDirectory, 'postgres'))
  if (found.state !== 'running') {
    throw new AppError('database-unavailable', { title: 'The database does not run: start Paraph first.' })
  }
  const { app, integrator, eraser } = found.urls
  return { paraph_app: app, paraph_integrator: integrator, paraph_eraser: eraser }
}
