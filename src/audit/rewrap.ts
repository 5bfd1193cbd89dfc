import type { Id } from '../observability/id.ts'
import { type Database, inTransaction } from '../platform/database.ts'
import { errorCodeOf } from '../platform/errors.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import { listStreamKeys, type StreamKeyRow } from './append-store.ts'
import {
  countWrappedOtherwise,
  deleteStreamKeys,
  insertStreamKeys,
  listWrappedOtherwise,
  lockStreamKeys,
} from './rewrap-store.ts'
import { unwrapDataKey, wrapDataKey } from './sealed.ts'

/** Keys of one transaction: events that need a new key wait meanwhile. */
const BATCH = 500

export type Rewrapped = {
  readonly done: number
  /** Those that no master key of the folder opens; they are left as they are. */
  readonly unreadable: number
}

/**
 * Wraps the keys of all streams under the current master key, those that another one wraps: what broke off is gone on
 * with. The keys themselves stay the same. `onProgress` is told how many of how many are done.
 */
export async function rewrapStreamKeys(
  deps: {
    /** As the eraser's login, which alone may take a key away. */
    readonly db: Database
    readonly master: KeyRing
    readonly onProgress: (done: number, of: number) => void
  },
  batch = BATCH,
): Promise<Rewrapped> {
  const { db, master } = deps
  const masterId = master.current.id
  const of = await countWrappedOtherwise(db, masterId)
  let done = 0
  let after: Id | undefined
  for (;;) {
    const refs = await listWrappedOtherwise(db, { masterId, after, limit: batch })
    if (refs.length === 0) return { done, unreadable: await countWrappedOtherwise(db, masterId) }
    done += await rewrap(db, master, refs)
    after = refs.at(-1)
    deps.onProgress(done, of)
  }
}

async function rewrap(db: Database, master: KeyRing, refs: readonly Id[]): Promise<number> {
  return inTransaction(db, async (tx) => {
    await lockStreamKeys(tx)
    // A stream that was erased meanwhile has none any more.
    const rows = await listStreamKeys(tx, refs)
    const rewrapped = rows.flatMap((row) => wrapAnew(master, row) ?? [])
    await deleteStreamKeys(tx, rewrapped)
    await insertStreamKeys(tx, rewrapped)
    return rewrapped.length
  })
}

/** Undefined when no master key of the ring opens it. */
function wrapAnew(master: KeyRing, row: StreamKeyRow): StreamKeyRow | undefined {
  try {
    const key = unwrapDataKey(master, row.streamRef, row.wrapped)
    return { ...row, wrapped: wrapDataKey(master, row.streamRef, key).wrapped }
  } catch (error) {
    if (errorCodeOf(error) !== 'sealed-value-unreadable') throw error
    return undefined
  }
}
