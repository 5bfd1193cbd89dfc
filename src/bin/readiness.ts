import { sql } from 'kysely'
import { isLadderSound } from '../audit/health.ts'
import { findLooseProtection } from '../audit/protection.ts'
import type { ReadinessCheck } from '../observability/readiness.ts'
import type { Config } from '../platform/config.ts'
import { readMigrations } from '../platform/migrate.ts'
import type { Worker } from '../queue/run.ts'
import { diskCheck, logDirectoryChecks } from './folder-readiness.ts'
import type { Services } from './services.ts'

/**
 * What must hold for a process to do its work; asked by `/readyz`. `logPaths` are its log files, of which there are
 * none when the log goes to standard output.
 */
export function readinessChecks(
  { db }: Pick<Services, 'db'>,
  config: Config,
  logPaths: readonly string[] = [],
): readonly ReadinessCheck[] {
  const newest = readMigrations().at(-1)?.version ?? 0
  return [
    {
      name: 'database',
      isReady: async () => (await sql`select 1`.execute(db)).rows.length === 1,
    },
    {
      name: 'migrations',
      isReady: async () => {
        const { rows } = await sql<{
          version: number
        }>`select max(version) as version from schema_migration`.execute(db)
        return rows[0]?.version === newest
      },
    },
    {
      name: 'audit-append-only',
      isReady: async () => (await findLooseProtection(db)).length === 0,
      explain: () => findLooseProtection(db),
    },
    { name: 'audit-ladder', isReady: () => isLadderSound(db) },
    diskCheck(config.blobsDirectory),
    ...logDirectoryChecks(logPaths),
  ]
}

const POLLED_WITHIN_SECONDS = 30

/** Whether the worker still looks after its queues; a database that hangs leaves it waiting for ever. */
export function pollingCheck(worker: Worker): ReadinessCheck {
  return { name: 'polling', isReady: async () => worker.lastPollAgeSeconds() < POLLED_WITHIN_SECONDS }
}
