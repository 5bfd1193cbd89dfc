import { sql } from 'kysely'
import type { Database } from '../platform/database.ts'
import type { WitnessedHead } from './tlog/witness-protocol.ts'

/** The largest head that was signed, or was about to be. */
export async function findLastSigning(db: Database): Promise<WitnessedHead | undefined> {
  const { rows } = await sql<{ size: string; root: Buffer }>`
    select size, root from audit_signing order by size desc limit 1`.execute(db)
  const [row] = rows
  return row && { size: Number(row.size), root: row.root }
}

/** Records a head that is about to be signed; false when one as large, or larger, is recorded already. */
export async function insertSigning(db: Database, { size, root }: WitnessedHead): Promise<boolean> {
  const { rows } = await sql`
    insert into audit_signing (size, root)
    select ${size}, ${root} where not exists (select 1 from audit_signing where size >= ${size})
    returning size`.execute(db)
  return rows.length === 1
}

export async function insertCheckpoint(db: Database, size: number, note: string): Promise<void> {
  await sql`insert into audit_checkpoint (size, note) values (${size}, ${note})`.execute(db)
}

export type PublishedNote = { readonly size: number; readonly note: string; readonly ageSeconds: number }

/** The checkpoint that was published last; its age by the clock of the database. */
export async function findLastCheckpoint(db: Database): Promise<PublishedNote | undefined> {
  const { rows } = await sql<{ size: string; note: string; ageSeconds: number }>`
    select size, note, greatest(extract(epoch from clock_timestamp() - published_at), 0)::float8 as "ageSeconds"
      from audit_checkpoint order by id desc limit 1`.execute(db)
  const [row] = rows
  return row && { ...row, size: Number(row.size) }
}
