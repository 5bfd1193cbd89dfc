import { type CopyEvent, changeCopy, takeCopy, takeCopyRow } from '../copies/change.ts'
import { assertTransition } from '../copies/status.ts'
import type { CopyRow } from '../copies/store.ts'
import type { ErrorCode } from '../observability/error-codes.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal, isSameText, reveal, Sensitive } from '../observability/sensitive.ts'
import { afterCommit, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import { newRef } from '../platform/ids.ts'
import type { LockView } from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { deleteLock, findLock, type LockRow, listExpiredLocks, putLock, renewLock } from './lock-store.ts'
import { type ConflictType, countLockConflict } from './metrics.ts'

/**
 * A lock is a lease: one row, on the database's clock, with a token for each tab. Whoever has the token of the live
 * lease writes; everybody else is told who holds it (an opaque reference), since when and until when.
 */
type LockDeps = Pick<MarkingDeps, 'db' | 'appendEvent' | 'lockSeconds'>

const BY_SYSTEM = { kind: 'system' } as const
const EXPIRED: CopyEvent = { action: 'UNLOCK', metadata: { reason: 'expired' }, actor: BY_SYSTEM }

/**
 * READY → LOCKED. A lease that is over but not yet swept is ended first, in the same transaction.
 * Throws `already-locked`, `illegal-transition`. Events: `LOCK`, and `UNLOCK expired` before it where due.
 */
export async function lockCopy(deps: LockDeps, session: Session, copyId: Id): Promise<LockView> {
  const lock = await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    const present = copy.status === 'LOCKED' ? await findLock(tx, copyId) : undefined
    if (present?.isLive) throw conflict('already_locked', copy, present)
    if (!present) assertTransition(copy.status, 'lock')
    return grantLock(deps, tx, copy, session, present ? [EXPIRED] : [])
  })
  log.grading.info('lock.taken', { 'copy.id': copyId })
  return toLockView(lock)
}

/**
 * Moves the lease to this tab: for the holder's own other tab, or an administrator, or anybody once it is over. The old
 * token is refused from now on. Throws `not-locked`, `already-locked`. Events: `UNLOCK taken-over` (or `expired`), `LOCK`.
 */
export async function takeOverLock(deps: LockDeps, session: Session, copyId: Id): Promise<LockView> {
  const lock = await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    assertTransition(copy.status, 'take-over')
    const present = await findLock(tx, copyId)
    const isEntitled = session.role === 'admin' || present?.holderId === session.accountId
    if (present?.isLive && !isEntitled) throw conflict('already_locked', copy, present)
    const end: CopyEvent = { action: 'UNLOCK', metadata: { reason: 'taken-over' } }
    return grantLock(deps, tx, copy, session, [present?.isLive ? end : EXPIRED])
  })
  log.grading.info('lock.taken', { 'copy.id': copyId })
  return toLockView(lock)
}

async function grantLock(
  deps: LockDeps,
  tx: Tx,
  copy: CopyRow,
  session: Session,
  before: readonly CopyEvent[],
): Promise<LockRow> {
  const seconds = deps.lockSeconds
  const holder = { holderId: session.accountId, holderRef: session.actorRef }
  const lock = await putLock(tx, { copyId: copy.id, token: new Sensitive(newRef()), ...holder, seconds })
  const event: CopyEvent = { action: 'LOCK', metadata: { expires_in_seconds: Math.round(seconds) } }
  await changeCopy(deps, tx, copy, { status: 'LOCKED' }, [...before, event])
  return lock
}

/** Prolongs the lease of this tab. Throws as `assertHoldsLock`. No event. */
export async function renewLease(
  deps: LockDeps,
  session: Session,
  command: { copyId: Id; lockToken: Sensitive<string> | undefined },
): Promise<LockView> {
  return inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    const lock = await assertHoldsLock(deps, tx, copy, session, command.lockToken)
    return toLockView(lock)
  })
}

/**
 * LOCKED → READY by the holder (event `UNLOCK released`), or GRADING_FAILED → READY to correct (`UNLOCK correct`).
 * Throws as `assertHoldsLock`.
 */
export async function unlockCopy(
  deps: LockDeps,
  session: Session,
  command: { copyId: Id; lockToken: Sensitive<string> | undefined },
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    if (copy.status === 'GRADING_FAILED') {
      const status = assertTransition(copy.status, 'correct')
      await changeCopy(deps, tx, copy, { status }, [{ action: 'UNLOCK', metadata: { reason: 'correct' } }])
      return
    }
    await assertHoldsLock(deps, tx, copy, session, command.lockToken)
    await endLease(deps, tx, copy, 'unlock', { action: 'UNLOCK', metadata: { reason: 'released' } })
  })
  log.grading.info('lock.released', { 'copy.id': command.copyId })
}

/**
 * LOCKED → READY whoever holds it. Throws `not-locked`. Event: `UNLOCK forced`, with the reason; before it, in the same
 * transaction, those of `before`.
 */
export async function forceRelease(
  deps: Pick<LockDeps, 'db' | 'appendEvent'>,
  command: { copyId: Id; reason: string; note?: string | undefined },
  before: readonly CopyEvent[] = [],
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    const metadata = { reason: 'forced', reason_code: command.reason, note: conceal(command.note) } as const
    await endLease(deps, tx, copy, 'force-release', ...before, { action: 'UNLOCK', metadata })
  })
  log.grading.warning('lock.released', { 'copy.id': command.copyId })
}

/** Ends the leases that are over, each in its own transaction; run by the sweeper. Event: `UNLOCK expired`. */
export async function expireLocks(deps: Pick<MarkingDeps, 'db' | 'appendEvent'>): Promise<number> {
  const copyIds = await listExpiredLocks(deps.db, 200)
  let failure: unknown
  for (const copyId of copyIds) {
    try {
      await inTransaction(deps.db, (tx) => expireLock(deps, tx, copyId))
    } catch (error) {
      // The others must not wait for the one that cannot be ended; the sweeper reports it.
      failure = error
    }
  }
  if (failure !== undefined) throw failure
  return copyIds.length
}

async function expireLock(deps: Pick<MarkingDeps, 'appendEvent'>, tx: Tx, copyId: Id): Promise<void> {
  const copy = await takeCopyRow(tx, copyId)
  const lock = await findLock(tx, copyId)
  if (!lock || lock.isLive) return
  await endLease(deps, tx, copy, 'expire', EXPIRED)
  afterCommit(tx, () => log.grading.info('lock.expired', { 'copy.id': copyId }))
}

async function endLease(
  deps: Pick<MarkingDeps, 'appendEvent'>,
  tx: Tx,
  copy: CopyRow,
  move: 'unlock' | 'expire' | 'force-release',
  ...events: readonly CopyEvent[]
): Promise<void> {
  const status = assertTransition(copy.status, move)
  await deleteLock(tx, copy.id)
  await changeCopy(deps, tx, copy, { status }, events)
}

/**
 * Asserts that this tab of this account holds the live lease of a copy taken in this transaction, and prolongs it.
 * Throws `not-locked` without a token, `lock-expired`, `lock-token-mismatch`; each refusal is counted by its cause.
 */
export async function assertHoldsLock(
  deps: Pick<MarkingDeps, 'lockSeconds'>,
  tx: Tx,
  copy: CopyRow,
  session: Session,
  lockToken: Sensitive<string> | undefined,
): Promise<LockRow> {
  const lock = await findLock(tx, copy.id)
  if (!lock) {
    if (lockToken === undefined || copy.status !== 'READY') assertTransition(copy.status, 'unlock')
    throw conflict('expired', copy, undefined)
  }
  const isItsToken = lockToken !== undefined && isSameText(lock.token, lockToken)
  if (!isItsToken || lock.holderId !== session.accountId) throw conflict('token_mismatch', copy, lock)
  if (!lock.isLive) throw conflict('expired', copy, lock)
  return { ...lock, expiresAt: await renewLock(tx, copy.id, deps.lockSeconds) }
}

const CONFLICTS: Readonly<Record<ConflictType, { code: ErrorCode; title: string }>> = {
  already_locked: { code: 'already-locked', title: 'Somebody else is marking this copy.' },
  expired: { code: 'lock-expired', title: 'Your lock on this copy is over; lock it again.' },
  token_mismatch: { code: 'lock-token-mismatch', title: 'Another tab or person holds this copy now.' },
}

function conflict(type: ConflictType, copy: CopyRow, lock: LockRow | undefined): AppError {
  countLockConflict(type)
  log.grading.warning('lock.conflict', { 'copy.id': copy.id, 'conflict.type': type })
  const holder = lock && {
    holderRef: lock.holderRef,
    since: lock.acquiredAt.toISOString(),
    until: lock.expiresAt.toISOString(),
  }
  return new AppError(CONFLICTS[type].code, {
    title: CONFLICTS[type].title,
    logContext: { 'copy.id': copy.id },
    problem: { currentStatus: copy.status, ...(holder ? { lock: holder } : {}) },
  })
}

function toLockView(lock: LockRow): LockView {
  return {
    token: reveal(lock.token, 'show-to-entitled-user'),
    since: lock.acquiredAt.toISOString(),
    until: lock.expiresAt.toISOString(),
  }
}
