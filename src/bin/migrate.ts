import { importBatchJob } from '../copies/import-job.ts'
import { finalizeCopyJob } from '../marking/finalize-job.ts'
import { AppError } from '../platform/errors.ts'
import { migrateDatabase } from '../platform/migrate.ts'
import { installQueues } from '../queue/install.ts'
import type { JobDefinition } from '../queue/job.ts'

const JOBS = [importBatchJob, finalizeCopyJob] as unknown as readonly JobDefinition[]

/** Brings the tables and the queues up to date; returns the migrations applied now. */
export async function migrateAll(options: { migrateUrl: string | undefined }): Promise<readonly number[]> {
  if (!options.migrateUrl) {
    throw new AppError('invalid-settings', {
      title: 'Set DATABASE_MIGRATE_URL (or DATABASE_URL) to migrate a database.',
    })
  }
  const applied = await migrateDatabase(options.migrateUrl)
  await installQueues(options.migrateUrl, JOBS)
  return applied
}
