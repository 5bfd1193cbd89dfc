import type { AppendEvent } from '../audit/append.ts'
import { listUnusedBlobs } from '../copies/blob-store.ts'
import type { Id } from '../observability/id.ts'
import type { Blobs } from '../platform/blobs.ts'
import { systemClock } from '../platform/clock.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { removeLeftovers } from '../platform/leftovers.ts'
import {
  countScanHoldings,
  deleteErasedBlob,
  deleteSealedMembers,
  deleteStreamKey,
  findLongestImportMs,
  forgetScan,
  isSpooled,
  listErasedBlobs,
  listOwnBlobs,
  type ScanHoldings,
  type ScanRow,
  type Subject,
  takeErasurePlace,
} from './erase-store.ts'
import type { ErasureReason } from './erasure-reasons.ts'

export type ErasureDeps = {
  /** As the eraser's login. */
  readonly db: Database
  readonly appendEvent: AppendEvent
  readonly blobs: Blobs
  readonly workDirectory: string
  /** Brings what lies in the spool of the audit log to its table; absent without the login for it. */
  readonly drainSpool?: (() => Promise<unknown>) | undefined
}

/** Counts only: what is about to go, or went. `files` and `bytes` are those that nothing else names. */
export type ScanSize = ScanHoldings & { readonly files: number; readonly bytes: number }

export type Outcome = {
  readonly outcome: 'planned' | 'erased' | 'already-erased'
  /** Files of an erasure that are still there: it broke off, or an import may be about to name them. */
  readonly filesLeft: number
}

/** Does it in one transaction; once more when the spool of the log had to be drained first. */
export async function inErasure<T>(deps: ErasureDeps, work: (tx: Tx) => Promise<T>): Promise<T> {
  const attempt = () => inTransaction(deps.db, work)
  const done = await attempt().catch(async (error: unknown) => {
    if (!(error instanceof AppError && error.code === 'spool-not-drained' && deps.drainSpool)) throw error
    await deps.drainSpool()
    return attempt()
  })
  faultPoint('erase.recorded')
  return done
}

/**
 * The scan with its name, and what the stream of its batch has sealed: the name once more, where the import of a stack
 * has failed, and notes on pages that are in no copy. `byItself` has what the event of a scan tells that is erased by
 * itself; what goes with a copy is counted there. Event: `ERASE` on the batch's stream, unless the log has it.
 */
export async function eraseScan(
  deps: Pick<ErasureDeps, 'appendEvent'>,
  tx: Tx,
  command: {
    readonly scan: ScanRow
    readonly examRef: Id
    readonly reason: ErasureReason
    readonly byItself?: { readonly files: number; readonly pages: number }
  },
): Promise<void> {
  const { scan, examRef, reason, byItself } = command
  const seq = await takeErasurePlace(tx, scan, byItself !== undefined)
  await forgetScan(tx, scan.batchId)
  const fields = await deleteSealedMembers(tx, scan.streamRef)
  await deleteStreamKey(tx, scan.streamRef)
  if (seq === undefined) return
  await deps.appendEvent(tx, {
    action: 'ERASE',
    stream: { kind: 'batch', ref: scan.streamRef, seq },
    examRef,
    metadata: { reason_code: reason, fields, files: 0, ...byItself },
  })
}

/** A scan whose import has not ended may be about to become copies. */
export function findRunning(scans: readonly ScanRow[]): ScanRow | undefined {
  return scans.find(({ status }) => status === 'UPLOADED' || status === 'IMPORTING')
}

/**
 * What is spooled of these streams brings sealed members with a key of their own. The rows that count their events are
 * taken: nothing more is spooled, and whatever a repairer has moved meanwhile is in the table. Throws
 * `spool-not-drained`.
 */
export async function assertNotSpooled(tx: Tx, streamRefs: readonly Id[]): Promise<void> {
  const spooled = await Promise.all(streamRefs.map((streamRef) => isSpooled(tx, streamRef)))
  if (!spooled.includes(true)) return
  throw new AppError('spool-not-drained', {
    title:
      'Events of what is to be erased lie in the spool of the audit log: start the worker, which empties it, then try again.',
  })
}

export async function measureScans(
  { blobs }: Pick<ErasureDeps, 'blobs'>,
  db: Database,
  subject: Subject,
): Promise<ScanSize> {
  const holdings = await countScanHoldings(db, subject)
  const own = await listOwnBlobs(db, subject)
  const sizes = await Promise.all(own.map((sha256) => blobs.sizeOf(sha256)))
  return { ...holdings, files: own.length, bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) }
}

/** Whether nothing is left to erase. */
export function isNothing(size: ScanSize): boolean {
  return Object.values(size).every((count) => count === 0)
}

/** Removes the files of an erasure, and what jobs have left lying under these prefixes. Returns how many had to stay. */
export async function removeFiles(
  deps: ErasureDeps,
  subject: Subject,
  prefixes: readonly string[],
): Promise<number> {
  const now = systemClock.now().getTime()
  const storedBefore = new Date(now - (await findLongestImportMs(deps.db)))
  const erased = await listErasedBlobs(deps.db, subject)
  const unused = new Set(await listUnusedBlobs(deps.db, erased))
  let left = 0
  for (const sha256 of erased) {
    if (unused.has(sha256) && !(await deps.blobs.remove(sha256, storedBefore))) {
      left += 1
      continue
    }
    faultPoint('erase.removing')
    await deleteErasedBlob(deps.db, subject, sha256)
  }
  await removeLeftovers(deps.workDirectory, 0, (name) => prefixes.some((prefix) => name.startsWith(prefix)))
  return left
}

/** What imports of a scan name their folders by. */
export const importFolders = (batchId: Id): string => `import-${batchId}-`
