import { closeSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadOwnLog, type OwnLog } from '../../src/audit/log-key.ts'
import { migrateAll } from '../../src/bin/migrate.ts'
import { configureLogging } from '../../src/observability/log.ts'
import { openRotatingFile } from '../../src/observability/rotating-file.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { withConnection } from '../../src/platform/connection.ts'
import { type Database, openDatabase } from '../../src/platform/database.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { type Keys, loadKeys } from '../../src/platform/keys.ts'
import { median } from '../measure.ts'

const APPLICATION = 'paraph-bench'
export const CLIENTS = 16

/** An installation of its own, with the roles, keys and settings of the product, in a folder that goes with it. */
export type Installation = {
  readonly folder: string
  readonly urls: EmbeddedPostgres['urls']
  readonly keysDirectory: string
  readonly tlogDirectory: string
  readonly keys: Keys
  readonly log: OwnLog
  /** As the application's login, with one connection for each client. */
  readonly app: Database
  readonly integrator: Database
  /** Runs one statement as the superuser. */
  administer<R extends object>(statement: string, values?: readonly unknown[]): Promise<R[]>
  /** Stops the server and starts it again, with nothing in its memory; `meanwhile` runs while it stands. */
  restart(meanwhile: () => void): Promise<void>
  close(): Promise<void>
}

export async function openInstallation(parent = tmpdir()): Promise<Installation> {
  const folder = mkdtempSync(join(parent, 'paraph-bench-'))
  const [directory, keysDirectory, tlogDirectory, logs] = ['postgres', 'keys', 'tlog', 'logs'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  for (const path of [directory, keysDirectory, tlogDirectory]) mkdirSync(path, { mode: 0o700 })
  configureLogging({
    audit: openRotatingFile(join(logs, 'audit.log')),
    app: openRotatingFile(join(logs, 'app.log')),
    now: systemClock.now,
  })
  let server = await startEmbeddedPostgres({ directory })
  const { urls } = server
  await migrateAll({ migrateUrl: urls.migrate, keysDirectory })
  const app = openDatabase(urls.app, { applicationName: APPLICATION, maxConnections: CLIENTS })
  const integrator = openDatabase(urls.integrator, { applicationName: APPLICATION, maxConnections: 2 })
  return {
    folder,
    urls,
    keysDirectory,
    tlogDirectory,
    keys: loadKeys(keysDirectory),
    log: loadOwnLog(keysDirectory),
    app,
    integrator,
    administer: (statement, values = []) =>
      withConnection(urls.owner, { applicationName: APPLICATION }, async (client) => {
        const { rows } = await client.query(statement, [...values])
        return rows
      }),
    restart: async (meanwhile) => {
      await server.stop()
      meanwhile()
      server = await startEmbeddedPostgres({ directory })
    },
    close: async () => {
      await app.destroy()
      await integrator.destroy()
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const SETTINGS = [
  ...['server_version', 'synchronous_commit', 'fsync', 'full_page_writes', 'data_checksums'],
  ...['shared_buffers', 'max_wal_size', 'checkpoint_timeout', 'wal_sync_method'],
]

/** What the figures depend on: the settings of the server, and how long the disk takes to make 8 KiB durable. */
export async function describeSettings({
  administer,
  folder,
}: Installation): Promise<Record<string, string>> {
  const rows = await administer<{ name: string; setting: string }>(
    'select name, current_setting(name) as setting from pg_settings where name = any($1)',
    [SETTINGS],
  )
  const known = new Map(rows.map(({ name, setting }) => [name, setting]))
  return {
    ...Object.fromEntries(SETTINGS.map((name) => [name, known.get(name) ?? 'unknown'])),
    'fdatasync of 8 KiB': `${median(timeSyncs(folder)).toFixed(2)} ms`,
  }
}

function timeSyncs(folder: string): number[] {
  const file = openSync(join(folder, 'sync'), 'w')
  const block = Buffer.alloc(8_192)
  const times = Array.from({ length: 200 }, () => {
    const begun = performance.now()
    writeSync(file, block, 0, block.length, 0)
    fdatasyncSync(file)
    return performance.now() - begun
  })
  closeSync(file)
  return times
}
