import { sql } from 'kysely'
import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { Database, Tx } from '../platform/database.ts'
import { isLeaseOver } from './lease-over.ts'

/** The lease on a copy. Times and liveness are the database's. */
export type LockRow = {
  readonly copyId: Id
  readonly token: Sensitive<string>
  readonly holderId: Id
  readonly holderRef: Id
  readonly acquiredAt: Date
  readonly expiresAt: Date
  readonly isLive: boolean
}

const LOCK = sql`
  copy_id as "copyId", token, holder_id as "holderId", holder_ref as "holderRef",
  acquired_at as "acquiredAt", expires_at as "expiresAt", not ${sql.raw(isLeaseOver('copy_lock'))} as "isLive"`

export async function findLock(tx: Database, copyId: Id): Promise<LockRow | undefined> {
  const { rows } = await sql<LockRow>`select ${LOCK} from copy_lock where copy_id = ${copyId}`.execute(tx)
  return rows[0]
}

/** Gives the lease to a holder, replacing the one there may be. */
export async function putLock(
  tx: Tx,
  lock: { copyId: Id; token: Sensitive<string>; holderId: Id; holderRef: Id; seconds: number },
): Promise<LockRow> {
  const { rows } = await sql<LockRow>`
    insert into copy_lock (copy_id, token, holder_id, holder_ref, acquired_at, expires_at, renewed_at)
    values (${lock.copyId}, ${lock.token}, ${lock.holderId}, ${lock.holderRef}, clock_timestamp(),
            clock_timestamp() + make_interval(secs => ${lock.seconds}), clock_timestamp())
    on conflict (copy_id) do update
       set token = excluded.token, holder_id = excluded.holder_id, holder_ref = excluded.holder_ref,
           acquired_at = excluded.acquired_at, expires_at = excluded.expires_at, renewed_at = excluded.renewed_at
    returning ${LOCK}`.execute(tx)
  return rows[0] as LockRow
}

/** Prolongs the lease; returns its new end. */
export async function renewLock(tx: Tx, copyId: Id, seconds: number): Promise<Date> {
  const { rows } = await sql<{ expiresAt: Date }>`
    update copy_lock set expires_at = clock_timestamp() + make_interval(secs => ${seconds}),
                         renewed_at = clock_timestamp()
     where copy_id = ${copyId} returning expires_at as "expiresAt"`.execute(tx)
  return rows[0]?.expiresAt as Date
}

export async function deleteLock(tx: Tx, copyId: Id): Promise<void> {
  await sql`delete from copy_lock where copy_id = ${copyId}`.execute(tx)
}

/** Copies whose lease is over, oldest first. */
export async function listExpiredLocks(db: Database, limit: number): Promise<readonly Id[]> {
  const { rows } = await sql<{ copyId: Id }>`
    select copy_id as "copyId" from copy_lock where ${sql.raw(isLeaseOver('copy_lock'))}
     order by expires_at limit ${limit}`.execute(db)
  return rows.map((row) => row.copyId)
}
