import { join } from 'node:path'
import { integrateBatch } from '../../src/audit/integrate.ts'
import { loadOwnLog } from '../../src/audit/log-key.ts'
import { createPublication } from '../../src/audit/publish.ts'
import { openTileFiles } from '../../src/audit/tile-files.ts'
import { type VerifyReport, verifyLog } from '../../src/audit/verify.ts'
import { withLogSnapshot } from '../../src/audit/verify-store.ts'
import { runInBackground } from '../../src/observability/background.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { openDatabase } from '../../src/platform/database.ts'
import type { TestApp } from './app.ts'

/** The log of an application, brought into its tree, published and verified when a test says so. */
export function openAppLog(app: TestApp) {
  const { keys, db } = app.services
  const integrator = openDatabase(app.database.integratorUrl, { applicationName: 'paraph-test' })
  const keysDirectory = `${app.folder}-keys`
  const directory = join(app.folder, 'tlog')
  const log = loadOwnLog(keysDirectory)
  const files = openTileFiles(directory)
  const publication = createPublication({
    db: integrator,
    ...{ log, keysDirectory, files, witnesses: [], clock: systemClock },
  })
  return {
    directory,
    publish: () =>
      runInBackground(async () => {
        while ((await integrateBatch({ db: integrator, keys })).taken > 0);
        await publication.publishOnce()
      }),
    verify: async (): Promise<VerifyReport> => {
      const checkpoint = await files.readCheckpoint()
      const published = checkpoint === undefined ? undefined : { checkpoint, readTile: files.readTile }
      return withLogSnapshot(db, (source) => verifyLog({ source, keys, log, published }))
    },
    close: () => integrator.destroy(),
  }
}
export type AppLog = ReturnType<typeof openAppLog>
