import type { Id } from '../observability/id.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { eraseCopy, planErasure } from './erase.ts'
import { eraseBatch, planBatchErasure } from './erase-batch.ts'
import type { ErasureDeps, Outcome } from './erase-scan.ts'
import { deleteSealedMembers, deleteStreamKey } from './erase-store.ts'
import type { ErasureReason } from './erasure-reasons.ts'
import {
  listBatchesOf,
  listCopiesOf,
  listErasedScans,
  listErasedStreams,
  listScansErasedThemselves,
} from './reapply-store.ts'

/** An erasure that some log tells of. */
export type KnownErasure = {
  /** A batch that was erased by itself; its scan goes with a copy otherwise. */
  readonly of: 'copy' | 'batch'
  readonly streamRef: Id
  readonly reason: ErasureReason
}

/** Why an erasure could not be done again. */
const REFUSALS: ReadonlySet<string> = new Set(['copy-in-use', 'batch-in-use', 'spool-not-drained'])

/** How many erasures are known here, and what came of each. */
export type Reapplied = {
  readonly known: number
  /** Erased now; of a plan, what would be. */
  readonly erased: number
  /** Of copies and batches that this database does not have. */
  readonly absent: number
  /** Copies that could not be erased now. */
  readonly refused: readonly Id[]
  readonly refusedBatches: readonly Id[]
  readonly filesLeft: number
}

type Command = { readonly elsewhere: readonly KnownErasure[]; readonly isDryRun: boolean }

/**
 * Erases again whatever a restored backup has brought back of copies, and of scans by themselves, that were erased:
 * those that the log of this database tells of, and `elsewhere` those of a newer one. The log gets no second `ERASE` for
 * any. With `isDryRun` nothing is changed.
 */
export async function reapplyErasures(deps: ErasureDeps, command: Command): Promise<Reapplied> {
  const copies = await reapplyCopies(deps, command)
  // Afterwards: a copy that has come back may have pages of a scan that was erased later.
  const batches = await reapplyBatches(deps, command)
  if (!command.isDryRun) {
    for (const streamRef of await listErasedScans(deps.db)) await forgetStream(deps, streamRef)
  }
  return {
    known: copies.known + batches.known,
    erased: copies.erased + batches.erased,
    absent: copies.absent + batches.absent,
    refused: copies.refused,
    refusedBatches: batches.refused,
    filesLeft: copies.filesLeft + batches.filesLeft,
  }
}

async function reapplyCopies(deps: ErasureDeps, { elsewhere, isDryRun }: Command): Promise<Tally> {
  const reasons = reasonsOf(elsewhere, 'copy')
  const here = await listErasedStreams(deps.db)
  const others = await listCopiesOf(deps.db, [...reasons.keys()])
  const subjects = [...here, ...others].map(({ streamRef, copyId }) => ({ streamRef, id: copyId }))
  return reapplyEach(deps, isDryRun, subjects, (copyId, streamRef) =>
    isDryRun
      ? planErasure(deps, copyId)
      : eraseCopy(deps, { copyId, reason: reasons.get(streamRef) ?? 'not-stated' }),
  )
}

async function reapplyBatches(deps: ErasureDeps, { elsewhere, isDryRun }: Command): Promise<Tally> {
  const reasons = reasonsOf(elsewhere, 'batch')
  const here = await listScansErasedThemselves(deps.db)
  const others = await listBatchesOf(deps.db, [...reasons.keys()])
  const subjects = [...here, ...others].map(({ streamRef, batchId }) => ({ streamRef, id: batchId }))
  return reapplyEach(deps, isDryRun, subjects, (batchId, streamRef) =>
    isDryRun
      ? planBatchErasure(deps, batchId)
      : eraseBatch(deps, { batchId, reason: reasons.get(streamRef) ?? 'not-stated' }),
  )
}

function reasonsOf(
  elsewhere: readonly KnownErasure[],
  what: KnownErasure['of'],
): ReadonlyMap<Id, ErasureReason> {
  const own = elsewhere.filter((erasure) => erasure.of === what)
  return new Map(own.map(({ streamRef, reason }) => [streamRef, reason]))
}

type Tally = Omit<Reapplied, 'refusedBatches'>

/** Each stream once. One copy that somebody marks keeps no other from being erased. */
async function reapplyEach(
  deps: ErasureDeps,
  isDryRun: boolean,
  subjects: readonly { readonly streamRef: Id; readonly id: Id | null }[],
  reapply: (id: Id, streamRef: Id) => Promise<Outcome>,
): Promise<Tally> {
  const streams = new Map(subjects.map(({ streamRef, id }) => [streamRef, id]))
  const refused: Id[] = []
  const total = { known: streams.size, erased: 0, absent: 0, filesLeft: 0 }
  for (const [streamRef, id] of streams) {
    if (id === null) {
      total.absent += 1
      if (!isDryRun) await forgetStream(deps, streamRef)
      continue
    }
    const erasure = await reapply(id, streamRef).catch(undefinedWhenRefused)
    if (erasure === undefined) refused.push(id)
    if (erasure && erasure.outcome !== 'already-erased') total.erased += 1
    total.filesLeft += erasure?.filesLeft ?? 0
  }
  return { ...total, refused }
}

function undefinedWhenRefused(error: unknown): undefined {
  if (!(error instanceof AppError && REFUSALS.has(error.code))) throw error
}

/** The log may be newer than the copies: then it alone has something left. */
async function forgetStream({ db }: Pick<ErasureDeps, 'db'>, streamRef: Id): Promise<void> {
  await inTransaction(db, async (tx) => {
    await deleteSealedMembers(tx, streamRef)
    await deleteStreamKey(tx, streamRef)
  })
}
