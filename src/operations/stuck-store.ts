import { sql } from 'kysely'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database } from '../platform/database.ts'
import type { RepairAction } from './contract.ts'
import { kindsMendedBy, STUCK, STUCK_KINDS, type StuckKind } from './stuck.ts'

export type StuckCount = {
  readonly kind: StuckKind
  readonly items: number
  readonly oldestSeconds: number
}

const rowsOf = (kind: StuckKind) => sql.raw(`(${STUCK[kind].rows})`)

/** How many things of each kind are stuck, and for how long the first of them; all in one statement. */
export async function countStuck(db: Database): Promise<readonly StuckCount[]> {
  const counts = STUCK_KINDS.map(
    (kind) => sql`
      select ${kind}::text as kind, count(*)::int as items,
             greatest(coalesce(max(seconds), 0), 0)::float8 as "oldestSeconds" from ${rowsOf(kind)} stuck`,
  )
  const { rows } = await sql<StuckCount>`${computedIsPlain} ${sql.join(counts, sql` union all `)}`.execute(db)
  return rows
}

/** Whether something, by its id or name, is among the rows that a repair may be done to. */
export async function isMendedBy(db: Database, action: RepairAction, subject: string): Promise<boolean> {
  const among = kindsMendedBy(action).map(
    (kind) => sql`
      select from ${rowsOf(kind)} stuck where stuck.${sql.ref(STUCK[kind].about)}::text = ${subject}`,
  )
  const { rows } = await sql`${sql.join(among, sql` union all `)} limit 1`.execute(db)
  return rows.length > 0
}
