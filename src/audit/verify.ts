import type { Keys } from '../platform/keys.ts'
import { EventCheck } from './event-check.ts'
import { type Finding, Findings } from './findings.ts'
import { HeadCheck } from './head-check.ts'
import { type Committed, checkMembers } from './sealed-check.ts'
import { StreamLedger } from './stream-ledger.ts'
import { TileCheck } from './tile-check.ts'
import type { LogIdentity } from './tlog/checkpoint.ts'
import type { Verifier } from './tlog/note.ts'
import type { ReadTile } from './tlog/tile.ts'
import { type KeptHead, TreeCheck } from './tree-check.ts'
import type { EntryPage, EntryRow, HeadRow, LogSource, MemberRow } from './verify-source.ts'

/** Checks that could not be made, for want of a key or of the published files. */
export const SKIPPED = ['authenticity', 'sealed-members', 'signatures', 'files'] as const
export type Skipped = (typeof SKIPPED)[number]

export type VerifyReport = {
  /** Leaves of the tree, and its root in base64. */
  readonly size: number
  readonly root: string
  /** Events that wait for the tree, in the table and in the spool. */
  readonly waiting: number
  readonly spooled: number
  readonly streams: number
  /** Places of events that were lost. */
  readonly gaps: number
  /** Events from before there were leaves, of which nothing can be proved. */
  readonly earlierEvents: number
  readonly sealedOpened: number
  readonly checkpoints: number
  /** Of the published checkpoint. */
  readonly published?: { readonly size: number; readonly cosignatures: number }
  readonly findingCount: number
  readonly firstBadIndex?: number
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
}

export type VerifyDeps = {
  readonly source: LogSource
  readonly keys?: Pick<Keys, 'mac' | 'master'> | undefined
  readonly log?: LogIdentity | undefined
  readonly witnesses?: readonly Verifier[]
  /** The published files. The checkpoint was read before the moment that `source` shows, which knows of it therefore. */
  readonly published?: { readonly checkpoint: string; readonly readTile: ReadTile } | undefined
  /** Heads that are kept elsewhere, read before that moment as well. */
  readonly kept?: readonly KeptHead[]
  readonly onProgress?: (leaves: number, of: number) => void
}

/**
 * Checks the whole log against itself, its keys, the published files and the heads that are kept elsewhere. What is
 * wrong is in the report; nothing is mended. Throws what `source` and `readTile` throw.
 */
export async function verifyLog(deps: VerifyDeps): Promise<VerifyReport> {
  const verification = new Verification(deps)
  await verification.run()
  return verification.report()
}

class Verification {
  readonly #deps: VerifyDeps
  readonly #findings = new Findings()
  readonly #ledger = new StreamLedger(this.#findings)
  readonly #tree = new TreeCheck(this.#findings)
  readonly #events: EventCheck
  readonly #heads: HeadCheck
  readonly #published: ReturnType<HeadCheck['ofNote']>
  readonly #tiles: TileCheck | undefined
  readonly #counts = { waiting: 0, spooled: 0, streams: 0, earlierEvents: 0, sealedOpened: 0 }

  constructor(deps: VerifyDeps) {
    const findings = this.#findings
    const { keys, log, witnesses = [], published, kept = [] } = deps
    this.#deps = deps
    this.#events = new EventCheck({ findings, ledger: this.#ledger, keys })
    this.#heads = new HeadCheck({ findings, log, witnesses })
    this.#tree.expect(kept)
    this.#published = published && this.#heads.ofNote('published', published.checkpoint)
    if (published && this.#published) {
      const { head } = this.#published
      this.#tree.expect([head])
      this.#tiles = new TileCheck({ findings, readTile: published.readTile, size: head.size })
    }
  }

  async run(): Promise<void> {
    await this.#takeEarlier()
    await this.#checkTree()
    await this.#checkWaiting()
    await this.#checkSpooled()
    await this.#checkLeftovers()
    await this.#settleStreams()
  }

  report(): VerifyReport {
    const { count, firstBadIndex } = this.#findings
    return {
      size: this.#tree.size,
      root: this.#tree.root.toString('base64'),
      ...this.#counts,
      gaps: this.#ledger.gaps,
      checkpoints: this.#heads.checkpoints,
      ...(this.#published && {
        published: { size: this.#published.head.size, cosignatures: this.#published.cosignatures },
      }),
      findingCount: count,
      ...(firstBadIndex !== undefined && { firstBadIndex }),
      findings: this.#findings.list(),
      skipped: this.#skipped(),
    }
  }

  #skipped(): readonly Skipped[] {
    const { keys, log, published } = this.#deps
    const isPublished = published !== undefined || this.#heads.checkpoints > 0
    const isMissing: Record<Skipped, boolean> = {
      authenticity: keys === undefined,
      'sealed-members': keys === undefined,
      signatures: isPublished && log === undefined,
      files: isPublished && published === undefined,
    }
    return SKIPPED.filter((check) => isMissing[check])
  }

  /** Events from before there were leaves have their numbers, and nothing else that could be checked. */
  async #takeEarlier(): Promise<void> {
    for await (const { rows } of this.#deps.source.earlier()) {
      this.#counts.earlierEvents += rows.length
      for (const { stream_ref: stream, seq } of rows) this.#ledger.take({ stream, seq })
    }
  }

  async #checkTree(): Promise<void> {
    const { source, onProgress } = this.#deps
    const recorded = await source.readTree()
    for await (const page of source.entries()) {
      this.#checkLeaves(page)
      await this.#tiles?.append(page.rows.map((row) => ({ entry: entryOf(row), hash: row.leaf_hash })))
      onProgress?.(this.#tree.size, recorded.size)
    }
    await this.#tiles?.finish()
    this.#expect(await source.headsBeyond(this.#tree.size))
    this.#tree.finish(recorded)
    const { earlierEvents: found } = this.#counts
    const { earlierEvents: expected } = this.#events
    if (found !== expected) this.#findings.add('earlier-events', { found, expected })
  }

  #checkLeaves({ rows, members, heads }: EntryPage): void {
    this.#expect(heads)
    const committed: Committed[] = []
    for (const row of rows) {
      const index = row.leaf_index
      this.#tree.append(index, entryOf(row), row.leaf_hash)
      const leaf = this.#events.checkLeaf(row)
      if (leaf) committed.push({ leaf, index })
    }
    this.#checkMembers(committed, members)
  }

  #expect(heads: readonly HeadRow[]): void {
    this.#tree.expect(heads.map((row) => this.#heads.ofRow(row)).filter((head) => head !== undefined))
  }

  #checkMembers(committed: readonly Committed[], members: readonly MemberRow[]): void {
    const { keys } = this.#deps
    const deps = { findings: this.#findings, ledger: this.#ledger, master: keys?.master }
    this.#counts.sealedOpened += checkMembers(deps, committed, members)
  }

  async #checkWaiting(): Promise<void> {
    for await (const { rows, members } of this.#deps.source.waiting()) {
      const committed: Committed[] = []
      for (const row of rows) {
        this.#counts.waiting += 1
        if (!row.is_pending) this.#findings.add('event-unlisted', { event: row.event_id })
        const leaf = this.#events.check(row)
        if (leaf) committed.push({ leaf, index: undefined })
      }
      this.#checkMembers(committed, members)
    }
  }

  async #checkSpooled(): Promise<void> {
    for (const row of await this.#deps.source.spooled()) {
      this.#counts.spooled += 1
      this.#events.checkSpooled(row)
    }
  }

  /** What is there without the event that it belongs to. */
  async #checkLeftovers(): Promise<void> {
    const { source } = this.#deps
    for (const event of await source.pendingGone()) this.#findings.add('pending-gone', { event })
    for (const { stream_ref: stream, seq, field } of await source.orphans()) {
      this.#findings.add('sealed-orphan', { stream, seq, field })
    }
    for (const stream of await source.keptOfErased()) this.#findings.add('erased-kept', { stream })
  }

  async #settleStreams(): Promise<void> {
    this.#counts.streams = this.#ledger.streams
    for (const { stream_ref, event_seq } of await this.#deps.source.counters()) {
      this.#ledger.settle(stream_ref, event_seq)
    }
    this.#ledger.close()
  }
}

/** What stands in the log: the event's own bytes, or what was put in their place. */
function entryOf({ quarantine, leaf }: EntryRow): Buffer | null {
  return quarantine ?? leaf
}
