import { access, constants, statfs } from 'node:fs/promises'
import { sql } from 'kysely'
import type { ReadinessCheck } from '../http/health.ts'
import type { Config } from '../platform/config.ts'
import { readMigrations } from '../platform/migrate.ts'
import { MEBIBYTE } from '../platform/units.ts'
import type { Services } from './services.ts'

/** Triggers without which a superuser's slip, or a bug, could alter the past; each must exist and fire always. */
const GUARDS = [
  'audit_event_is_append_only',
  'audit_event_is_never_emptied',
  'audit_sealed_is_never_altered',
  'copy_is_guarded',
] as const

const LEAST_FREE_BYTES = 200 * MEBIBYTE

/** What must hold for this process to do its work; asked by `/readyz`. */
export function readinessChecks({ db }: Pick<Services, 'db'>, config: Config): readonly ReadinessCheck[] {
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
        const { bavail, bsize } = await statfs(config.blobsDirectory)
        return bavail * bsize > LEAST_FREE_BYTES
      },
    },
  ]
}
