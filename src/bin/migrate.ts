import { importBatchJob } from '../copies/import-job.ts'
import { finalizeCopyJob } from '../marking/finalize-job.ts'
import { AppError } from '../platform/errors.ts'
import { findPendingMigrations, migrateDatabase } from '../platform/migrate.ts'
import { installQueues } from '../queue/install.ts'
import type { JobDefinition } from '../queue/job.ts'

const JOBS = [importBatchJob, finalizeCopyJob] as unknown as readonly JobDefinition[]

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

/** Brings the tables and the queues up to date; returns the migrations applied now. */
export async function migrateAll(options: { migrateUrl: string | undefined }): Promise<readonly number[]> {
  if (!options.migrateUrl) throw missingUrl()
  const applied = await migrateDatabase(options.migrateUrl)
  await installQueues(options.migrateUrl, JOBS)
  return applied
}
