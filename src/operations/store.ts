import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import { computedIsPlain } from '../platform/concealing-pool.ts'
import type { Database } from '../platform/database.ts'

export type StreamOwnerRow = {
  readonly streamRef: Id
  readonly kind: 'copy' | 'batch' | 'exam'
  readonly id: Id
}

/** Whose the given streams of events are, by the ids that addresses and log lines name. */
export async function listStreamOwners(
  db: Database,
  streamRefs: readonly Id[],
): Promise<readonly StreamOwnerRow[]> {
  const refs = [...streamRefs]
  const { rows } = await sql<StreamOwnerRow>`${computedIsPlain}
    select stream_ref as "streamRef", 'copy' as kind, id from copy where stream_ref = any(${refs}::uuid[])
    union all
    select stream_ref, 'batch', id from batch where stream_ref = any(${refs}::uuid[])
    union all
    select stream_ref, 'exam', id from exam where stream_ref = any(${refs}::uuid[])`.execute(db)
  return rows
}
