import { sql } from 'kysely'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database } from '../platform/database.ts'

/** Those of the given contents that no row names. */
export async function listUnusedBlobs(db: Database, hashes: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ sha256: string }>`${computedIsPlain}
    select wanted.sha256 from unnest(${[...hashes]}::text[]) as wanted (sha256)
     where not exists (select from blob_use u where u.sha256 = wanted.sha256)`.execute(db)
  return rows.map((row) => row.sha256)
}
