import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createAppendEvent } from '../audit/append.ts'
import { drainSpool } from '../audit/drain-spool.ts'
import type { Actor } from '../observability/context.ts'
import type { ErasureDeps } from '../people/erase-scan.ts'
import { openDiskBlobs } from '../platform/blobs.ts'
import type { Config } from '../platform/config.ts'
import { openDatabase } from '../platform/database.ts'
import { findEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { AppError } from '../platform/errors.ts'
import { loadKeys, operatorRef } from '../platform/keys.ts'
import { assertMigrated } from './migrate.ts'

export type Eraser = { readonly deps: ErasureDeps; readonly actor: Actor; close(): Promise<void> }

/**
 * What erasing needs: the login that may, on the external database or on the embedded one while it runs, the login that
 * empties the spool where there is one, and the operator. Throws `invalid-settings`, also for folders that are not this
 * installation's, `database-unavailable`, `database-not-migrated`.
 */
export async function openEraser(config: Config): Promise<Eraser> {
  const urls = config.databaseUrl ? config : await findEmbedded(config)
  const { eraserUrl, integratorUrl } = urls
  if (eraserUrl === undefined) {
    throw new AppError('invalid-settings', {
      title:
        'Set DATABASE_ERASER_URL, the login that makes the audit log forget; README shows how to make it.',
    })
  }
  await assertMigrated(eraserUrl)
  assertOwnFolders(config)
  const keys = loadKeys(config.keysDirectory)
  const open = (url: string) => openDatabase(url, { applicationName: 'paraph-command', maxConnections: 1 })
  const db = open(eraserUrl)
  const integrator = integratorUrl === undefined ? undefined : open(integratorUrl)
  const deps = {
    db,
    appendEvent: createAppendEvent({ keys }),
    blobs: openDiskBlobs(config.blobsDirectory),
    workDirectory: config.workDirectory,
    drainSpool: integrator && (() => drainSpool({ db: integrator, keys })),
  }
  const actor = { kind: 'operator', ref: operatorRef(keys, process.getuid?.() ?? 0) } as const
  return { deps, actor, close: async () => void (await Promise.all([db.destroy(), integrator?.destroy()])) }
}

/** Elsewhere, files would count as removed that are still there, and the event be made with a key that nobody knows. */
function assertOwnFolders({ blobsDirectory, keysDirectory }: Config): void {
  if (existsSync(blobsDirectory) && existsSync(join(keysDirectory, 'mac.key'))) return
  throw new AppError('invalid-settings', {
    title: 'PARAPH_DATA and PARAPH_KEYS must be the folders of the installation whose database this is.',
  })
}

/** The embedded database is not started for this: its worker would be missing, which empties the spool. */
async function findEmbedded(config: Config): Promise<Pick<Config, 'eraserUrl' | 'integratorUrl'>> {
  const found = await findEmbeddedPostgres(join(config.dataDirectory, 'postgres'))
  if (found.state !== 'running') {
    throw new AppError('database-unavailable', { title: 'The database does not run: start Paraph first.' })
  }
  return { eraserUrl: found.urls.eraser, integratorUrl: found.urls.integrator }
}
