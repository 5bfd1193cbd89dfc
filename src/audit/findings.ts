import type { Id } from '../observability/id.ts'
import type { QuarantineReason } from './inspect.ts'
import type { Projection } from './projection.ts'

/** Where a head of the tree is kept that the log must still agree with. */
export const HEAD_KEEPERS = {
  signing: 'the record of what was about to be signed',
  checkpoint: 'the record of what was published',
  published: 'the published checkpoint',
  signer: 'the memory of the signer',
  since: 'the checkpoint that was kept',
} as const
export type HeadKeeper = keyof typeof HEAD_KEEPERS

/** What a finding is about. Nothing in it is about a person. */
export type Facts = {
  /** Of a leaf, from 0. */
  readonly index?: number | undefined
  /** Where the leaf is not known: it is this one or one after it, and comes before `to`. */
  readonly from?: number
  readonly to?: number
  readonly stream?: Id
  readonly seq?: number
  /** Number of a row of `audit_event`. */
  readonly event?: string
  /** Number of a row of `audit_spool`. */
  readonly spooled?: string
  /** Leaves of the head that it is about. */
  readonly size?: number | undefined
  readonly keeper?: HeadKeeper
  readonly column?: keyof Projection
  readonly reason?: QuarantineReason | undefined
  readonly field?: string
  /** Path of a published file. */
  readonly file?: string
  readonly found?: number
  readonly expected?: number
}

/** What can be wrong with the log, each in one sentence. */
const SENTENCES = {
  'leaf-missing': (f) => `No leaf has index ${f.index}.`,
  'entry-missing': (f) => `The event of leaf ${f.index} is gone.`,
  'entry-altered': (f) => `The bytes of leaf ${f.index} are not those that were hashed.`,
  'event-unauthentic': (f) => `No key of this installation authenticates ${place(f)}.`,
  'event-unreadable': (f) => `The bytes of ${place(f)} are not an event.`,
  'event-undefined': (f) => `What ${place(f)} says is not what its action, in its version, may say.`,
  'column-altered': (f) => `Column ${f.column} of ${place(f)} says something else than the event.`,
  quarantined: (f) =>
    `Leaf ${f.index} stands for an event that failed its checks (${f.reason ?? 'unknown'}).`,
  'event-unlisted': (f) => `Event number ${f.event} is neither in the tree nor waiting for it.`,
  'pending-gone': (f) => `Event number ${f.event} waits for the tree and is gone.`,
  'place-taken-twice': (f) => `Number ${f.seq} of stream ${f.stream} is taken twice${atLeaf(f)}.`,
  'out-of-order': (f) => `Number ${f.seq} of stream ${f.stream} comes behind a later one${atLeaf(f)}.`,
  'event-lost': (f) => `Number ${f.seq} of stream ${f.stream} is missing, and no GAP says so.`,
  'event-uncounted': (f) => `Number ${f.seq} of stream ${f.stream} is beyond what its owner has counted.`,
  'stream-unowned': (f) => `Stream ${f.stream} has events and no owner.`,
  'earlier-events': (f) =>
    `Events from before there were leaves: ${f.found}; the migration counted ${f.expected}.`,
  'sealed-altered': (f) => `The sealed member ${f.field} of ${place(f)} is not what the event commits to.`,
  'sealed-missing': (f) => `The sealed member ${f.field} of ${place(f)} is gone, and no ERASE says so.`,
  'sealed-orphan': (f) =>
    `Number ${f.seq} of stream ${f.stream} has a sealed member (${f.field}) that no event commits to.`,
  'erased-kept': (f) => `Stream ${f.stream} was erased and still has a key or sealed members.`,
  'tree-differs': (f) =>
    `The tree is recorded with ${f.expected} leaves, and with another size, edge or root than its ${f.found} leaves give.`,
  'log-cut': (f) =>
    `${ofKeeper(f)} has ${f.size} leaves and the tree ${f.found}: the log was cut, or an older copy of it restored.`,
  'log-rewritten': (f) =>
    `${ofKeeper(f)} has another root for ${f.size} leaves: the log was rewritten, at leaf ${f.from} or after.`,
  'head-altered': (f) =>
    `${ofKeeper(f)} has another root for ${f.size} leaves than the log has, and has signed.`,
  'checkpoint-invalid': (f) => `${ofKeeper(f)}${ofSize(f)} is not a checkpoint of this log.`,
  'cosignature-invalid': (f) => `${ofKeeper(f)}${ofSize(f)} has a cosignature that its witness did not make.`,
  'file-missing': (f) => `The published file ${f.file} is missing, with leaf ${f.index ?? f.from}.`,
  'file-altered': (f) =>
    `The published file ${f.file} differs from the log, from leaf ${f.index ?? f.from} on.`,
} as const satisfies Record<string, (facts: Facts) => string>

export type FindingCode = keyof typeof SENTENCES

export type Finding = Facts & { readonly code: FindingCode; readonly sentence: string }

function place({ index, stream, seq, spooled }: Facts): string {
  if (index !== undefined) return `leaf ${index}`
  return stream === undefined ? `spooled event ${spooled}` : `number ${seq} of stream ${stream}`
}

function atLeaf({ index }: Facts): string {
  return index === undefined ? '' : `, at leaf ${index}`
}

function ofSize({ size }: Facts): string {
  return size === undefined ? '' : ` of ${size} leaves`
}

function ofKeeper({ keeper }: Facts): string {
  const name = HEAD_KEEPERS[keeper ?? 'published']
  return `${name[0]?.toUpperCase()}${name.slice(1)}`
}

/** A log that is ruined has no end of findings: so many of each kind are kept. */
const KEPT_OF_EACH = 20

/** Collects what is wrong. All are counted; the first of each kind, in the order they were found, are kept. */
export class Findings {
  readonly #kept = new Map<FindingCode, Finding[]>()
  #count = 0
  #firstIndex = Infinity
  readonly #ranges: { readonly from: number; readonly to: number }[] = []

  add(code: FindingCode, facts: Facts): void {
    this.#count += 1
    this.#firstIndex = Math.min(this.#firstIndex, facts.index ?? Infinity)
    const kept = this.#kept.get(code) ?? []
    this.#kept.set(code, kept)
    if (kept.length === KEPT_OF_EACH) return
    kept.push({ code, ...facts, sentence: SENTENCES[code](facts) })
    if (facts.from !== undefined && facts.to !== undefined)
      this.#ranges.push({ from: facts.from, to: facts.to })
  }

  get count(): number {
    return this.#count
  }

  /**
   * The first leaf that something is wrong with; undefined when nothing concerns a leaf. A range gives way to a finding
   * that names a leaf before its end.
   */
  get firstBadIndex(): number | undefined {
    const named = this.#firstIndex
    const first = Math.min(named, ...this.#ranges.filter(({ to }) => named >= to).map(({ from }) => from))
    return Number.isFinite(first) ? first : undefined
  }

  /** What was kept, the first bad leaf first and what concerns no leaf last. */
  list(): readonly Finding[] {
    const at = ({ index, from }: Finding) => index ?? from ?? Number.MAX_SAFE_INTEGER
    return [...this.#kept.values()].flat().sort((a, b) => at(a) - at(b))
  }
}
