import { join } from 'node:path'
import { integrateBatch } from '../../src/audit/integrate.ts'
import { loadOwnLog } from '../../src/audit/log-key.ts'
import { createPublication } from '../../src/audit/publish.ts'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import { runInBackground } from '../../src/observability/background.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/database.ts'
import type { TestApp } from './app.ts'

/** Brings every event so far into the log and publishes it, as the worker does: first one event, then the others. */
export async function publishLogOf({ database, folder, services }: TestApp): Promise<void> {
  const keysDirectory = `${folder}-keys`
  const db = openDatabase(database.integratorUrl, { applicationName: 'paraph-test', maxConnections: 2 })
  const publication = createPublication({
    db,
    log: loadOwnLog(keysDirectory),
    keysDirectory,
    files: openTileFiles(join(folder, 'tlog')),
    witnesses: [],
    clock: systemClock,
  })
  await runInBackground(async () => {
    for (const limit of [1, 5_000]) {
      await integrateBatch({ db, keys: services.keys }, limit)
      await publication.publishOnce()
    }
  })
  await db.destroy()
}
