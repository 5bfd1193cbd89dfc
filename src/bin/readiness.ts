import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sql } from 'kysely'
import type { ReadinessCheck } from '../observability/readiness.ts'
import type { Config } from '../platform/config.ts'
import { readFreeBytes } from '../platform/disk.ts'
import { readMigrations } from '../platform/migrate.ts'
import { MEBIBYTE } from '../platform/units.ts'
import type { Worker } from '../queue/run.ts'
import type { Services } from './services.ts'

/** Triggers without which a superuser's slip, or a bug, could alter the past; each must exist and fire always. */
const GUARDS = [
  'audit_event_is_append_only',
  'audit_event_is_never_emptied',
  'audit_sealed_is_never_altered',
  'copy_is_guarded',
] as const

const LEAST_FREE_BYTES = 200 * MEBIBYTE

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
      isReady: async () => {
        const { rows } = await sql<{ loose: boolean }>`
          select bool_or(has_table_privilege(guarded, 'UPDATE, DELETE, TRUNCATE'))
              or (select count(*) from pg_trigger where tgenabled = 'A' and tgname = any(${[...GUARDS]})) <> ${GUARDS.length}
              as loose
            from unnest(array['audit_event', 'audit_sealed']) as guarded`.execute(db)
        return rows[0]?.loose === false
      },
    },
    {
      name: 'disk',
      isReady: async () => {
        await access(config.blobsDirectory, constants.W_OK)
        return (await readFreeBytes(config.blobsDirectory)) > LEAST_FREE_BYTES
      },
    },
    ...logPaths
      .slice(0, 1)
      .map((path) => ({ name: 'log-directory', isReady: () => isPrivate(dirname(path)) })),
  ]
}

/** Whether lines can be written into the folder, and nobody else can read them. */
async function isPrivate(folder: string): Promise<boolean> {
  await access(folder, constants.W_OK | constants.X_OK)
  const { mode } = await stat(folder)
  return (mode & 0o077) === 0
}

const POLLED_WITHIN_SECONDS = 30

/** Whether the worker still looks after its queues; a database that hangs leaves it waiting for ever. */
export function pollingCheck(worker: Worker): ReadinessCheck {
  return { name: 'polling', isReady: async () => worker.lastPollAgeSeconds() < POLLED_WITHIN_SECONDS }
}
