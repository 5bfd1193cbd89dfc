import type { Keys } from '../platform/keys.ts'
import { ACTIONS } from './actions.ts'
import type { FindingCode, Findings } from './findings.ts'
import {
  inspectContent,
  inspectEvent,
  QUARANTINE_REASONS,
  type QuarantineReason,
  tryDecode,
} from './inspect.ts'
import { decodeLeaf, isMacOf, type Leaf } from './leaf.ts'
import { findUnequalColumn } from './projection.ts'
import type { StreamLedger } from './stream-ledger.ts'
import type { EntryRow, EventRow } from './verify-source.ts'

const CODES = {
  'event-missing': 'entry-missing',
  'leaf-missing': 'entry-missing',
  mac: 'event-unauthentic',
  encoding: 'event-unreadable',
  schema: 'event-undefined',
  projection: 'column-altered',
} as const satisfies Record<QuarantineReason, FindingCode>

/**
 * Checks events one by one, in the order of the log, and enters them in the account of their streams. Without the key
 * of the MACs, these are left out.
 */
export class EventCheck {
  readonly #findings: Findings
  readonly #ledger: StreamLedger
  readonly #keys: Pick<Keys, 'mac'> | undefined
  /** What the first migration that was recorded has counted. */
  #earlierEvents: number | undefined

  constructor(deps: { findings: Findings; ledger: StreamLedger; keys: Pick<Keys, 'mac'> | undefined }) {
    this.#findings = deps.findings
    this.#ledger = deps.ledger
    this.#keys = deps.keys
  }

  /** How many events there must be that have no leaf. */
  get earlierEvents(): number {
    return this.#earlierEvents ?? 0
  }

  /** Returns the leaf of an event that is in the tree, if it is as it should be. */
  checkLeaf(row: EntryRow): Leaf | undefined {
    const { leaf_index: index, quarantine } = row
    if (quarantine !== null) {
      this.#findings.add('quarantined', { index, reason: reasonOf(quarantine) })
      if (!row.is_gone) this.#ledger.take({ stream: row.stream_ref, seq: row.seq, index })
      return undefined
    }
    // Of a leaf whose event is gone the tree has told already.
    return row.leaf === null ? undefined : this.check(row, index)
  }

  /** Returns the leaf of an event, if it is as it should be. */
  check(row: EventRow, index?: number): Leaf | undefined {
    const verdict = this.#keys ? inspectEvent(this.#keys, row) : inspectContent(row)
    if (typeof verdict === 'string') {
      this.#refuse(row, verdict, index)
      return undefined
    }
    this.#take(row, verdict, index)
    this.#heed(verdict, index)
    return verdict
  }

  /** An event that waits where no other check has seen it yet. */
  checkSpooled(row: { readonly id: string; readonly leaf: Buffer; readonly mac: Buffer }): void {
    const leaf = tryDecode(row.leaf)
    if (leaf === undefined) {
      this.#findings.add('event-unreadable', { spooled: row.id })
      return
    }
    if (this.#keys && !isMacOf(this.#keys.mac, row.leaf, row.mac)) {
      this.#findings.add('event-unauthentic', { spooled: row.id })
    }
    this.#ledger.take({ stream: leaf.stream.ref, seq: leaf.seq })
    this.#heed(leaf, undefined)
  }

  #refuse(row: EventRow, reason: QuarantineReason, index: number | undefined): void {
    const place = { stream: row.stream_ref, seq: row.seq, index }
    if (reason === 'projection' && row.leaf) {
      // Authentic is what the event says, not what its columns do.
      const leaf = decodeLeaf(row.leaf)
      const column = findUnequalColumn(leaf, row)
      this.#findings.add('column-altered', { ...place, ...(column && { column }) })
      this.#take(row, leaf, index)
    } else {
      this.#findings.add(CODES[reason], place)
      this.#ledger.take(place)
    }
  }

  #take({ late }: EventRow, { stream, seq }: Leaf, index: number | undefined): void {
    const place = { stream: stream.ref, seq, index }
    if (late) this.#ledger.take(place)
    else this.#ledger.takeInOrder(place)
  }

  /** What an event says of the log itself. */
  #heed({ action, metadata, stream }: Leaf, index: number | undefined): void {
    if (action === 'ERASE') this.#ledger.erase(stream.ref)
    const gap = action === 'GAP' ? ACTIONS.GAP.clear.safeParse(metadata).data : undefined
    if (gap) this.#ledger.takeGap({ stream: gap.stream_ref, seq: gap.missing_seq, index })
    const migration = action === 'MIGRATE' ? ACTIONS.MIGRATE.clear.safeParse(metadata).data : undefined
    this.#earlierEvents ??= migration?.earlier_events
  }
}

/** The reason that an entry gives which stands for an event that failed its checks. */
function reasonOf(entry: Buffer): QuarantineReason | undefined {
  const match = /"quarantine":"([a-z-]+)"/.exec(entry.toString())
  return QUARANTINE_REASONS.find((reason) => reason === match?.[1])
}
