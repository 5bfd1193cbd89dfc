import { createAppendEvent } from '../audit/append.ts'
import { recordMigration } from '../audit/record-migration.ts'
import { importBatchJob } from '../copies/import-job.ts'
import { prepareCopyJob } from '../copies/prepare-job.ts'
import { finalizeCopyJob } from '../marking/finalize-job.ts'
import { runInBackground } from '../observability/background.ts'
import { openDatabase } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { loadKeys } from '../platform/keys.ts'
import { findPendingMigrations, migrateDatabase, readMigrations } from '../platform/migrate.ts'
import { installQueues } from '../queue/install.ts'
import type { JobDefinition } from '../queue/job.ts'

const JOBS = [importBatchJob, prepareCopyJob, finalizeCopyJob] as unknown as readonly JobDefinition[]

/** The versions that `url` lacks; any login may look. */
export function listPending(url: string | undefined): Promise<readonly number[]> {
  if (!url) throw missingUrl()
  return findPendingMigrations(url)
}

/** Throws `database-not-migrated` unless the database is at the newest version. */
export async function assertMigrated(url: string): Promise<void> {
  if ((await findPendingMigrations(url)).length === 0) return
  throw new AppError('database-not-migrated', {
    title: 'The database is not up to date; set DATABASE_MIGRATE_URL and run "paraph migrate".',
  })
}

function missingUrl(): AppError {
  return new AppError('invalid-settings', {
    title: 'Set DATABASE_MIGRATE_URL to migrate a database of your own.',
  })
}

/**
 * Brings the tables and the queues up to date; returns the migrations applied now. With the folder of keys, the audit
 * log tells of it. Events: `MIGRATE`.
 */
export async function migrateAll(options: {
  readonly migrateUrl: string | undefined
  readonly keysDirectory?: string
}): Promise<readonly number[]> {
  const { migrateUrl, keysDirectory } = options
  if (!migrateUrl) throw missingUrl()
  const applied = await migrateDatabase(migrateUrl)
  await installQueues(migrateUrl, JOBS)
  if (keysDirectory) await tellOfMigration(migrateUrl, keysDirectory)
  return applied
}

async function tellOfMigration(migrateUrl: string, keysDirectory: string): Promise<void> {
  const version = readMigrations().at(-1)?.version ?? 0
  const db = openDatabase(migrateUrl, { applicationName: 'paraph-migrate', maxConnections: 1 })
  try {
    const appendEvent = createAppendEvent({ keys: loadKeys(keysDirectory) })
    await runInBackground(() => recordMigration({ db, appendEvent }, version))
  } finally {
    await db.destroy()
  }
}
