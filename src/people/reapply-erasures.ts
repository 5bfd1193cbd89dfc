import type { Id } from '../observability/id.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { type ErasureDeps, eraseCopy, planErasure } from './erase.ts'
import {
  deleteSealedMembers,
  deleteStreamKey,
  listCopiesOf,
  listErasedScans,
  listErasedStreams,
} from './erase-store.ts'
import type { ErasureReason } from './erasure-reasons.ts'

/** An erasure that some log tells of. */
export type KnownErasure = { readonly streamRef: Id; readonly reason: ErasureReason }

/** Why an erasure could not be done again. */
const REFUSALS: ReadonlySet<string> = new Set(['copy-in-use', 'spool-not-drained'])

/** How many erasures are known here, and what came of each. */
export type Reapplied = {
  readonly known: number
  /** Erased now; of a plan, what would be. */
  readonly erased: number
  /** Of copies that this database does not have. */
  readonly absent: number
  /** Copies that could not be erased now. */
  readonly refused: readonly Id[]
  readonly filesLeft: number
}

/**
 * Erases again whatever a restored backup has brought back of copies that were erased: those that the log of this
 * database tells of, and `elsewhere` those of a newer one. The log gets no second `ERASE` for a copy. With `isDryRun`
 * nothing is changed.
 */
export async function reapplyErasures(
  deps: ErasureDeps,
  command: { readonly elsewhere: readonly KnownErasure[]; readonly isDryRun: boolean },
): Promise<Reapplied> {
  const { elsewhere, isDryRun } = command
  const reasons = new Map(elsewhere.map(({ streamRef, reason }) => [streamRef, reason]))
  const here = await listErasedStreams(deps.db)
  const others = await listCopiesOf(deps.db, [...reasons.keys()])
  const streams = new Map([...here, ...others].map((row) => [row.streamRef, row]))

  const refused: Id[] = []
  const total = { known: streams.size, erased: 0, absent: 0, filesLeft: 0 }
  for (const { streamRef, copyId } of streams.values()) {
    if (copyId === null) {
      total.absent += 1
      if (!isDryRun) await forgetStream(deps, streamRef)
      continue
    }
    const reason = reasons.get(streamRef) ?? 'not-stated'
    const erasing = isDryRun ? planErasure(deps, copyId) : eraseCopy(deps, { copyId, reason })
    const erasure = await erasing.catch(undefinedWhenRefused)
    if (erasure === undefined) refused.push(copyId)
    if (erasure && erasure.outcome !== 'already-erased') total.erased += 1
    total.filesLeft += erasure?.filesLeft ?? 0
  }
  if (!isDryRun) for (const streamRef of await listErasedScans(deps.db)) await forgetStream(deps, streamRef)
  return { ...total, refused }
}

/** One copy that somebody marks keeps no other from being erased. */
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
