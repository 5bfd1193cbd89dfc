import type { AuditEventView, StreamProof } from '../../../src/audit/contract.ts'
import { type Bytes, fromBase64, isSame, toHex } from './bytes.ts'
import { Fault, type Finding, findingOf, type Place } from './fault.ts'
import { compareShown, type Leaf, readLeaf } from './leaf.ts'
import { hashLeaf, rootOfPath } from './merkle.ts'
import { type Head, parseHead, parseNote } from './note.ts'
import { hasEd25519, type OpenedCheckpoint, openCheckpoint } from './signatures.ts'

/** What became of one event of the stream. `waiting`: no published log holds it yet. `earlier`: it never will. */
export type EventVerdict = {
  readonly eventId: string
  readonly state: 'proved' | 'waiting' | 'earlier' | 'false'
  readonly finding?: Finding
  /** Of the bytes that are in the log, with the steps from there to the root. */
  readonly leafHash?: string
  readonly steps?: number
}

export type StreamVerdict = {
  /** `undecided`: this browser cannot check signatures. `unpublished`: there is nothing signed to check against. */
  readonly state: 'authentic' | 'false' | 'undecided' | 'unpublished'
  readonly checkpoint: OpenedCheckpoint | undefined
  readonly events: ReadonlyMap<string, EventVerdict>
  readonly findings: readonly Finding[]
  readonly counts: Readonly<Record<EventVerdict['state'] | 'gap', number>>
}

type Entry = StreamProof['entries'][number]

/**
 * Checks the events of a stream as they are shown against the signed log: signature, inclusion of each event's bytes,
 * bytes against what is shown, and that no number of the stream is missing. `trustedVkey` is a key of the log that the
 * reader holds from elsewhere; without it the keys that came along are taken.
 */
export async function checkStream(
  proof: StreamProof,
  shown: readonly AuditEventView[],
  trustedVkey?: string,
): Promise<StreamVerdict> {
  const findings: Finding[] = []
  const opened = await openHead(proof, trustedVkey, findings)
  const numbers = new Numbers(proof.streamRef, proof.earlier)
  const ids = new Map(shown.map((event) => [event.id, event]))
  const events = new Map<string, EventVerdict>()
  for (const entry of proof.entries) {
    const verdict = await judge(entry, { head: opened.head, shown: ids.get(entry.eventId), numbers })
    events.set(entry.eventId, verdict)
    if (verdict.finding) findings.push(verdict.finding)
  }
  findings.push(...numbers.missing(Math.max(proof.lastSeq, ...shown.map(({ seq }) => seq))))
  const count = (state: EventVerdict['state']) =>
    [...events.values()].filter((verdict) => verdict.state === state).length
  const proved = count('proved')
  const state = proved === 0 ? 'unpublished' : opened.checkpoint ? 'authentic' : 'undecided'
  return {
    state: findings.length > 0 ? 'false' : state,
    checkpoint: opened.checkpoint,
    events,
    findings,
    counts: {
      ...{ proved: Math.max(0, proved - numbers.gaps), gap: numbers.gaps },
      ...{ waiting: count('waiting'), earlier: count('earlier'), false: count('false') },
    },
  }
}

type Opened = { readonly head: Head | undefined; readonly checkpoint: OpenedCheckpoint | undefined }

/** In a browser that cannot check signatures the head is taken unsigned: what does not fit it is found all the same. */
async function openHead(proof: StreamProof, vkey: string | undefined, findings: Finding[]): Promise<Opened> {
  const { checkpoint: message, vkeys, witnesses } = proof
  let opened: Opened = { head: undefined, checkpoint: undefined }
  if (message === null) return opened
  const finding = await findingOf(async () => {
    if (await hasEd25519()) {
      const checkpoint = await openCheckpoint(message, { vkeys: vkey ? [vkey] : vkeys, witnesses })
      opened = { head: checkpoint.head, checkpoint }
    } else {
      opened = { head: parseHead(parseNote(message).text), checkpoint: undefined }
    }
  })
  if (finding) findings.push(finding)
  return opened
}

type Judged = {
  readonly head: Head | undefined
  readonly shown: AuditEventView | undefined
  readonly numbers: Numbers
}

async function judge(entry: Entry, { head, shown, numbers }: Judged): Promise<EventVerdict> {
  const { eventId, leaf, index } = entry
  const place: Place = { eventId, ...(index === null ? {} : { index }), ...(shown && { seq: shown.seq }) }
  if (leaf === null) return { eventId, state: 'earlier' }
  let leafHash: string | undefined
  let isProved = false
  const finding = await findingOf(async () => {
    const bytes = fromBase64(leaf)
    if (bytes === undefined) throw new Fault('proof-malformed', place)
    const hash = await hashLeaf(bytes)
    leafHash = toHex(hash)
    const said = await readOrNothing(bytes, place)
    // Counted before it is judged: an event that is there and false is no missing one.
    take(numbers, said, { seq: shown?.seq, place })
    if (entry.quarantine !== null) throw new Fault('quarantined', place)
    isProved = head !== undefined && index !== null && index < head.size
    if (isProved && head) await assertIncluded(entry, { index: index ?? 0, hash }, head, place)
    if (!said) throw new Fault('not-included', place)
    if (!numbers.isOfStream(said)) throw new Fault('of-another-stream', place)
    if (shown) await compareShown(said, shown, { disclosed: entry.disclosed, place })
  })
  const known = { eventId, ...(leafHash && { leafHash }), ...(entry.path && { steps: entry.path.length }) }
  if (finding) return { ...known, state: 'false', finding }
  return { ...known, state: isProved ? 'proved' : 'waiting' }
}

/** Undefined for bytes that are no event. */
async function readOrNothing(bytes: Bytes, place: Place): Promise<Leaf | undefined> {
  let leaf: Leaf | undefined
  await findingOf(async () => {
    leaf = readLeaf(bytes, place)
  })
  return leaf
}

/** Altered bytes may name any number; what is shown of the event then says which it had. */
function take(
  numbers: Numbers,
  said: Leaf | undefined,
  { seq, place }: { readonly seq: number | undefined; readonly place: Place },
): void {
  const lost = said && numbers.lostIn(said)
  if (seq !== undefined) numbers.take(seq, place)
  else if (lost !== undefined) numbers.takeGap(lost, place)
  else if (said && numbers.isOfStream(said)) numbers.take(said.seq, place)
}

async function assertIncluded(
  { path }: Entry,
  leaf: Parameters<typeof rootOfPath>[0],
  head: Head,
  place: Place,
): Promise<void> {
  const hashes = path?.map((hash) => fromBase64(hash))
  const whole = hashes?.filter((hash) => hash !== undefined)
  if (!whole || whole.length !== hashes?.length) throw new Fault('proof-malformed', place)
  const root = await rootOfPath(leaf, head.size, whole)
  if (root === undefined || !isSame(root, head.root)) throw new Fault('not-included', place)
}

/** The numbers of a stream: each is taken once, by an event or by the `GAP` that stands for a lost one. */
class Numbers {
  readonly streamRef: string
  gaps = 0
  readonly #taken = new Set<number>()
  readonly #earlier: number

  constructor(streamRef: string, earlier: number) {
    this.streamRef = streamRef
    this.#earlier = earlier
  }

  /** The number for which a `GAP` of this stream stands. */
  lostIn({ action, metadata }: Leaf): number | undefined {
    const isOurs = action === 'GAP' && metadata?.['stream_ref'] === this.streamRef
    return isOurs ? Number(metadata['missing_seq']) : undefined
  }

  isOfStream(leaf: Leaf): boolean {
    return leaf.stream.ref === this.streamRef || this.lostIn(leaf) !== undefined
  }

  take(seq: number, place: Place): void {
    if (this.#taken.has(seq)) throw new Fault('number-twice', { ...place, seq })
    this.#taken.add(seq)
  }

  takeGap(seq: number, place: Place): void {
    this.take(seq, place)
    this.gaps += 1
  }

  missing(last: number): Finding[] {
    const missing: Finding[] = []
    for (let seq = this.#earlier + 1; seq <= last; seq += 1) {
      if (!this.#taken.has(seq)) missing.push({ code: 'number-missing', seq })
    }
    return missing
  }
}
