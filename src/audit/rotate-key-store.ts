import { sql } from 'kysely'
import type { Tx } from '../platform/database.ts'

/** Whether the log says that a key of this id came into place. */
export async function isRotationRecorded(tx: Tx, keyId: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from audit_event
     where stream_ref = (select stream_ref from audit_system_stream)
       and action = 'ROTATE_KEY' and metadata->>'key_id' = ${keyId}`.execute(tx)
  return rows.length > 0
}
