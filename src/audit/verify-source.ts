import type { Id } from '../observability/id.ts'
import type { Sensitive } from '../observability/sensitive.ts'
import type { EventBytes } from './inspect.ts'
import type { TreeRow } from './integrate-store.ts'
import type { Projection } from './projection.ts'

/** A row of `audit_event`. */
export type EventRow = Projection &
  EventBytes & { readonly event_id: string; readonly stream_ref: Id; readonly late: boolean }

/** A leaf of the tree with its event; the event's columns are null when it is gone. */
export type EntryRow = EventRow & {
  readonly leaf_index: number
  readonly leaf_hash: Buffer
  readonly quarantine: Buffer | null
  readonly is_gone: boolean
}

/** A sealed member that is stored, with the wrapped key of its stream. */
export type MemberRow = {
  readonly stream_ref: Id
  readonly seq: number
  readonly field: string
  readonly sealed: Sensitive<Buffer>
  readonly wrapped: Sensitive<Buffer> | null
}

/** What was about to be signed, or was published, at a size. */
export type HeadRow =
  | { readonly keeper: 'signing'; readonly size: number; readonly root: Buffer }
  | { readonly keeper: 'checkpoint'; readonly size: number; readonly note: string }

/** Leaves one after the other, with what is stored of their sealed members and the heads of their sizes. */
export type EntryPage = {
  readonly rows: readonly EntryRow[]
  readonly members: readonly MemberRow[]
  readonly heads: readonly HeadRow[]
}

/** Events that are not in the tree. */
export type WaitingPage = {
  readonly rows: readonly (EventRow & { readonly is_pending: boolean })[]
  readonly members: readonly MemberRow[]
}

export type PlaceRow = { readonly stream_ref: Id; readonly seq: number }

/** Events from before there were leaves. */
export type EarlierPage = { readonly rows: readonly (PlaceRow & { readonly event_id: string })[] }

/** What verification reads: the log as it was at one moment. Pages come in order and are bounded. */
export type LogSource = {
  readTree(): Promise<TreeRow>
  /** The events from before there were leaves. */
  earlier(): AsyncIterable<EarlierPage>
  /** The leaves in the order of their indexes. */
  entries(): AsyncIterable<EntryPage>
  /** Heads of more leaves than `size`. */
  headsBeyond(size: number): Promise<readonly HeadRow[]>
  /** The events that are in no leaf, in the order of their numbers. */
  waiting(): AsyncIterable<WaitingPage>
  /** What waits in the spool. */
  spooled(): Promise<readonly { readonly id: string; readonly leaf: Buffer; readonly mac: Buffer }[]>
  /** What the owner of each stream has counted. */
  counters(): Promise<readonly { readonly stream_ref: Id; readonly event_seq: number }[]>
  /** Numbers of events that wait for the tree and are gone. */
  pendingGone(): Promise<readonly string[]>
  /** Sealed members whose event is gone. */
  orphans(): Promise<readonly (PlaceRow & { readonly field: string })[]>
  /** Streams that were erased and still have a key or a sealed member. */
  keptOfErased(): Promise<readonly Id[]>
}
