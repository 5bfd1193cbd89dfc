import type { Id } from '../observability/id.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import { findStreamKeyAside, listStreamKeys } from './append-store.ts'
import { type DataKey, newDataKey, unwrapDataKey } from './sealed.ts'

/** A stream's key in hand. `wrapped` only when it is new, and so to be stored with the event. */
export type KeyInHand = Pick<DataKey, 'key' | 'keyRef'> & { readonly wrapped: Buffer | undefined }

/** So many streams' keys a process remembers; unwrapping another costs a query. */
const REMEMBERED = 2_000

/** The keys of streams, remembered. */
export type StreamKeys = {
  /**
   * The key for members of an event that `tx` appends, a new one for a stream that has none. `erased` for one whose
   * person was; an error, which spares the transaction, when it could not be read.
   */
  obtain(tx: Tx, streamRef: Id): Promise<KeyInHand | 'erased' | Error>
  /** To be called when `tx` is about to store the key: its own later events find it. */
  hold(tx: Tx, streamRef: Id, key: KeyInHand): void
  /** To be called once it is stored for good. */
  remember(streamRef: Id, key: KeyInHand): void
}

export function createStreamKeys(master: KeyRing): StreamKeys {
  const known = new Map<Id, KeyInHand>()
  const held = new WeakMap<Tx, Map<Id, KeyInHand>>()
  const asStored = ({ key, keyRef }: KeyInHand): KeyInHand => ({ key, keyRef, wrapped: undefined })

  function hold(tx: Tx, streamRef: Id, key: KeyInHand): void {
    const ofTx = held.get(tx) ?? new Map<Id, KeyInHand>()
    // With what stores it: the event that was to do so may be refused.
    held.set(tx, ofTx.set(streamRef, key))
  }
  function remember(streamRef: Id, key: KeyInHand): void {
    known.delete(streamRef)
    known.set(streamRef, asStored(key))
    const [oldest] = known.keys()
    if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest)
  }
  async function read(tx: Tx, streamRef: Id): Promise<KeyInHand | 'erased' | Error> {
    const row = await findStreamKeyAside(tx, streamRef)
    if (row instanceof Error || row === 'erased') return row
    if (row === undefined) return newDataKey(master, streamRef)
    try {
      return { key: unwrapDataKey(master, streamRef, row.wrapped), keyRef: row.keyRef, wrapped: undefined }
    } catch (error) {
      return error as Error
    }
  }

  return {
    obtain: async (tx, streamRef) =>
      held.get(tx)?.get(streamRef) ?? known.get(streamRef) ?? read(tx, streamRef),
    hold,
    remember,
  }
}

/**
 * The keys that sealed members of these streams open with; one that was destroyed, or never was, is missing. Not from
 * memory: a key that was destroyed a moment ago opens nothing. Throws `sealed-value-unreadable`.
 */
export async function readStreamKeys(
  db: Database,
  master: KeyRing,
  streamRefs: readonly Id[],
): Promise<ReadonlyMap<Id, Buffer>> {
  const rows = await listStreamKeys(db, [...new Set(streamRefs)])
  return new Map(rows.map(({ streamRef, wrapped }) => [streamRef, unwrapDataKey(master, streamRef, wrapped)]))
}
