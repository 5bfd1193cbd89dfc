import { sql } from 'kysely'
import type { Database } from '../platform/database.ts'

/** The triggers that fire whatever `session_replication_role` says. */
export async function listGuards(db: Database): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select tgname as name from pg_trigger where tgenabled = 'A' and not tgisinternal`.execute(db)
  return rows.map((row) => row.name)
}
