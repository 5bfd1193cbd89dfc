import type { AppendEvent } from '../audit/append.ts'
import { isErased } from '../audit/append-store.ts'
import { listUnusedBlobs } from '../copies/blob-store.ts'
import { takeCopyRow } from '../copies/change.ts'
import { takeReview } from '../copies/review-store.ts'
import { type CopyRow, findCopy } from '../copies/store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import type { Blobs } from '../platform/blobs.ts'
import { systemClock } from '../platform/clock.ts'
import { afterCommit, type Database, inTransaction, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { removeLeftovers } from '../platform/leftovers.ts'
import {
  countHoldings,
  deleteAnnotations,
  deleteErasedBlob,
  deleteRemarks,
  deleteResults,
  deleteScores,
  deleteSealedMembers,
  deleteStreamKey,
  deleteStudent,
  findCopyInPreparation,
  findLongestImportMs,
  forgetImages,
  forgetScan,
  type Holdings,
  insertErasedBlobs,
  isSpooled,
  listErasedBlobs,
  listOwnBlobs,
  markErased,
  markErasedAgain,
  type ScanRow,
  takeErasurePlace,
  takeScans,
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
export type ErasureSize = Holdings & { readonly files: number; readonly bytes: number }

export type Erasure = ErasureSize & {
  readonly outcome: 'planned' | 'erased' | 'already-erased'
  /** Files of an erasure that are still there: it broke off, or an import may be about to name them. */
  readonly filesLeft: number
}

/** What `eraseCopy` would do now; changes nothing. Throws as `eraseCopy`. */
export function planErasure(deps: Pick<ErasureDeps, 'db' | 'blobs'>, copyId: Id): Promise<Erasure> {
  return inTransaction(deps.db, async (tx) => {
    const { copy } = await takeErasable(tx, copyId)
    const size = await measure(deps, tx, copyId)
    const filesLeft = (await listErasedBlobs(tx, copyId)).length
    return { outcome: isDone(copy, size) ? 'already-erased' : 'planned', ...size, filesLeft }
  })
}

/**
 * Forgets the person of a copy: its marks of every version, its images and files, the scan and the name it came in, and
 * whatever the log has sealed for it and for its scan, with the keys. Run again, it completes what a crash, or a restored
 * backup, left.
 * Throws `not-found`, `copy-in-use`, `spool-not-drained`. Rows: the copy and its pages stay, without contents; event
 * `ERASE`, on the copy's stream and on that of each scan, unless the log has one; files: after the commit.
 */
export async function eraseCopy(
  deps: ErasureDeps,
  command: { readonly copyId: Id; readonly reason: ErasureReason },
): Promise<Erasure> {
  const { copyId } = command
  const attempt = () => inTransaction(deps.db, (tx) => eraseRows(deps, tx, command))
  const { batchIds, ...erased } = await attempt().catch(async (error: unknown) => {
    if (!(error instanceof AppError && error.code === 'spool-not-drained' && deps.drainSpool)) throw error
    await deps.drainSpool()
    return attempt()
  })
  faultPoint('erase.recorded')
  return { ...erased, filesLeft: await removeFiles(deps, { copyId, batchIds }) }
}

async function eraseRows(
  deps: ErasureDeps,
  tx: Tx,
  { copyId, reason }: { readonly copyId: Id; readonly reason: ErasureReason },
): Promise<Omit<Erasure, 'filesLeft'> & { readonly batchIds: readonly Id[] }> {
  const { copy, scans } = await takeErasable(tx, copyId)
  const batchIds = scans.map(({ batchId }) => batchId)
  faultPoint('erase.taken')
  await assertNotSpooled(tx, copy, scans)
  const size = await measure(deps, tx, copyId)
  if (isDone(copy, size)) return { outcome: 'already-erased', batchIds, ...size }

  await insertErasedBlobs(tx, copyId)
  faultPoint('erase.listed')
  const seq = await mark(tx, copy)
  faultPoint('erase.marked')
  await deleteAnnotations(tx, copyId)
  faultPoint('erase.annotations')
  await deleteScores(tx, copyId)
  faultPoint('erase.scores')
  await deleteRemarks(tx, copyId)
  faultPoint('erase.remarks')
  await deleteResults(tx, copyId)
  faultPoint('erase.results')
  await deleteStudent(tx, copyId)
  faultPoint('erase.student')
  await forgetImages(tx, copyId)
  faultPoint('erase.images')
  for (const scan of scans) await eraseScan(deps, tx, { scan, examRef: copy.examRef, reason })
  faultPoint('erase.scan')
  const fields = await deleteSealedMembers(tx, copy.streamRef)
  faultPoint('erase.members')
  await deleteStreamKey(tx, copy.streamRef)
  faultPoint('erase.key')
  if (seq !== undefined) {
    await deps.appendEvent(tx, {
      action: 'ERASE',
      stream: { kind: 'copy', ref: copy.streamRef, seq },
      examRef: copy.examRef,
      metadata: { reason_code: reason, fields, files: size.files },
    })
  }
  faultPoint('erase.recording')
  afterCommit(tx, () => log.audit.info('copy.erased', { 'copy.id': copyId, pages: copy.pages }))
  return { outcome: 'erased', batchIds, ...size }
}

/**
 * The scan with its name, and what the stream of its batch has sealed: the name once more, where the import of a stack
 * has failed, and notes on pages that are in no copy, which may be of this person. The files are counted with the copy.
 */
async function eraseScan(
  deps: Pick<ErasureDeps, 'appendEvent'>,
  tx: Tx,
  { scan, examRef, reason }: { readonly scan: ScanRow; readonly examRef: Id; readonly reason: ErasureReason },
): Promise<void> {
  const seq = await takeErasurePlace(tx, scan)
  await forgetScan(tx, scan.batchId)
  const fields = await deleteSealedMembers(tx, scan.streamRef)
  await deleteStreamKey(tx, scan.streamRef)
  if (seq === undefined) return
  await deps.appendEvent(tx, {
    action: 'ERASE',
    stream: { kind: 'batch', ref: scan.streamRef, seq },
    examRef,
    metadata: { reason_code: reason, fields, files: 0 },
  })
}

/**
 * Batches and copy, taken in the order in which the end of an import takes them, while nobody moves pages: one that came
 * to the copy meanwhile would bring another scan.
 */
async function takeErasable(tx: Tx, copyId: Id): Promise<{ copy: CopyRow; scans: readonly ScanRow[] }> {
  const known = await findCopy(tx, copyId)
  if (known) await takeReview(tx, known.examId)
  const scans = await takeScans(tx, copyId)
  const copy = await takeCopyRow(tx, copyId)
  if (scans.length === 0) throw new Error('a copy without its batch')
  if (copy.status === 'LOCKED' || copy.status === 'GRADING_IN_PROGRESS') {
    throw new AppError('copy-in-use', {
      title: 'Somebody is marking this copy, or its marked PDF is being made; erase it afterwards.',
      logContext: { 'copy.id': copyId, 'copy.status': copy.status },
    })
  }
  const running = scans.find(({ status }) => status === 'UPLOADED' || status === 'IMPORTING')
  if (running) {
    throw new AppError('copy-in-use', {
      title: 'The import of this copy has not ended; erase it afterwards.',
      logContext: { 'copy.id': copyId, 'batch.id': running.batchId },
    })
  }
  const waitingId = await findCopyInPreparation(tx, copyId)
  if (waitingId) {
    throw new AppError('copy-in-use', {
      title: 'The PDF of another copy is still to be made of the same scan; erase this one afterwards.',
      logContext: { 'copy.id': waitingId },
    })
  }
  return { copy, scans }
}

/**
 * What is spooled of this copy, or of its scans, brings sealed members with a key of their own. Their rows are taken:
 * nothing more is spooled, and whatever a repairer has moved meanwhile is in the table.
 */
async function assertNotSpooled(tx: Tx, copy: CopyRow, scans: readonly ScanRow[]): Promise<void> {
  const streamRefs = [copy, ...scans].map(({ streamRef }) => streamRef)
  const spooled = await Promise.all(streamRefs.map((streamRef) => isSpooled(tx, streamRef)))
  if (!spooled.includes(true)) return
  throw new AppError('spool-not-drained', {
    title:
      'Events of this copy lie in the spool of the audit log: start the worker, which empties it, then try again.',
    logContext: { 'copy.id': copy.id },
  })
}

async function measure(
  { blobs }: Pick<ErasureDeps, 'blobs'>,
  db: Database,
  copyId: Id,
): Promise<ErasureSize> {
  const holdings = await countHoldings(db, copyId)
  const own = await listOwnBlobs(db, copyId)
  const sizes = await Promise.all(own.map((sha256) => blobs.sizeOf(sha256)))
  return { ...holdings, files: own.length, bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) }
}

function isDone({ erasedAt }: CopyRow, size: ErasureSize): boolean {
  return erasedAt !== null && Object.values(size).every((count) => count === 0)
}

/** The place of the event, undefined when the log has it already. */
async function mark(tx: Tx, copy: CopyRow): Promise<number | undefined> {
  if (copy.erasedAt !== null) return undefined
  if (!(await isErased(tx, copy.streamRef))) return markErased(tx, copy.id)
  await markErasedAgain(tx, copy.id)
  return undefined
}

/** Removes the files of an erased copy and what its jobs have left lying. Returns how many had to stay. */
async function removeFiles(
  deps: ErasureDeps,
  { copyId, batchIds }: { readonly copyId: Id; readonly batchIds: readonly Id[] },
): Promise<number> {
  const now = systemClock.now().getTime()
  const storedBefore = new Date(now - (await findLongestImportMs(deps.db)))
  const erased = await listErasedBlobs(deps.db, copyId)
  const unused = new Set(await listUnusedBlobs(deps.db, erased))
  let left = 0
  for (const sha256 of erased) {
    if (unused.has(sha256) && !(await deps.blobs.remove(sha256, storedBefore))) {
      left += 1
      continue
    }
    faultPoint('erase.removing')
    await deleteErasedBlob(deps.db, copyId, sha256)
  }
  const prefixes = [
    ...batchIds.map((batchId) => `import-${batchId}-`),
    `prepare-${copyId}-`,
    `finalize-${copyId}-`,
  ]
  await removeLeftovers(deps.workDirectory, 0, (name) => prefixes.some((prefix) => name.startsWith(prefix)))
  return left
}
