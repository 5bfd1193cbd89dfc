import type { Id } from '../observability/id.ts'
import type { Findings } from './findings.ts'

type Range = { first: number; last: number }

type Account = {
  /** The highest number that is taken. */
  top: number
  /** The highest that stands in its order. */
  ordered: number
  /** Numbers below the highest that nothing has taken yet, in order. */
  readonly holes: Range[]
  isErased: boolean
  /** The first sealed member that is gone. */
  lost: { readonly seq: number; readonly field: string; readonly index: number | undefined } | undefined
}

/** A number of a stream, and the leaf that takes it, if it is in the tree. */
export type TakenPlace = { readonly stream: Id; readonly seq: number; readonly index?: number | undefined }

/**
 * Keeps account of the numbers of each stream: every one is taken once, by an event or by the `GAP` that stands for it,
 * up to what the stream's owner has counted. Memory: one account for each stream.
 */
export class StreamLedger {
  readonly #findings: Findings
  readonly #accounts = new Map<Id, Account>()
  #gaps = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  get streams(): number {
    return this.#accounts.size
  }
  get gaps(): number {
    return this.#gaps
  }

  /** An event in the order of the log. One that came late stands behind its successors, and says so. */
  takeInOrder(place: TakenPlace): void {
    const account = this.#open(place.stream)
    if (place.seq < account.ordered) this.#findings.add('out-of-order', place)
    account.ordered = Math.max(account.ordered, place.seq)
    this.take(place)
  }

  /** Any other event, wherever it stands. */
  take(place: TakenPlace): void {
    const { seq } = place
    const account = this.#open(place.stream)
    if (seq > account.top) {
      if (seq > account.top + 1) account.holes.push({ first: account.top + 1, last: seq - 1 })
      account.top = seq
    } else if (!fill(account.holes, seq)) {
      this.#findings.add('place-taken-twice', place)
    }
  }

  /** A `GAP`, which takes the place of what was lost. */
  takeGap(place: TakenPlace): void {
    this.#gaps += 1
    this.take(place)
  }

  erase(stream: Id): void {
    this.#open(stream).isErased = true
  }

  /** A sealed member that is gone. Whether it was erased is known at the end only. */
  loseMember(place: TakenPlace, field: string): void {
    const account = this.#open(place.stream)
    account.lost ??= { seq: place.seq, field, index: place.index }
  }

  /** Compares a stream with what its owner has counted. Each is settled once. */
  settle(stream: Id, counted: number): void {
    const account = this.#accounts.get(stream)
    this.#accounts.delete(stream)
    const top = account?.top ?? 0
    const hole = account?.holes[0]?.first ?? top + 1
    if (hole <= counted) this.#findings.add('event-lost', { stream, seq: hole })
    if (top > counted) this.#findings.add('event-uncounted', { stream, seq: top })
    if (account) this.#judgeMembers(stream, account)
  }

  /** What is left when all owners have settled. */
  close(): void {
    for (const [stream, account] of this.#accounts) {
      this.#findings.add('stream-unowned', { stream })
      this.#judgeMembers(stream, account)
    }
  }

  #judgeMembers(stream: Id, { isErased, lost }: Account): void {
    if (lost === undefined || isErased) return
    this.#findings.add('sealed-missing', { stream, ...lost })
  }

  #open(stream: Id): Account {
    const account = this.#accounts.get(stream)
    if (account) return account
    const fresh = { top: 0, ordered: 0, holes: [], isErased: false, lost: undefined }
    this.#accounts.set(stream, fresh)
    return fresh
  }
}

/** Takes a number out of the holes; false when it is in none. */
function fill(holes: Range[], seq: number): boolean {
  const position = holes.findIndex(({ first, last }) => first <= seq && seq <= last)
  const hole = holes[position]
  if (hole === undefined) return false
  const rest = [
    { first: hole.first, last: seq - 1 },
    { first: seq + 1, last: hole.last },
  ]
  holes.splice(position, 1, ...rest.filter(({ first, last }) => first <= last))
  return true
}
