import { type OpenedMembers, openMembers } from '../audit/open-members.ts'
import type { Id } from '../observability/id.ts'
import { idSchema } from '../platform/contract.ts'
import { type Database, inSnapshot, type Tx } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import { type ReplayDoubt, type ReplayFinding, ReplayFindings } from './replay-findings.ts'
import { type CopyHoldings, judgeCopy } from './replay-judge.ts'
import { Life } from './replay-life.ts'
import {
  type CopyFacts,
  countAnnotations,
  countCopies,
  type ExamKeys,
  listAssigned,
  listCopyFacts,
  listExamKeys,
  listLifeEvents,
  listPlaces,
  listRemarkFacts,
  listResultFacts,
  listScoreFacts,
} from './replay-store.ts'

export type ReplayReport = {
  readonly copies: number
  readonly events: number
  readonly findingCount: number
  /** Copies whose log does not tell what they should be. */
  readonly doubtCount: number
  readonly findings: readonly ReplayFinding[]
  readonly doubts: readonly ReplayDoubt[]
}

export type ReplayDeps = {
  readonly db: Database
  /** Without them, what is sealed (scores, digests) is not compared. */
  readonly keys?: Keys | undefined
  /** What events call these accounts; asked of the people room by `bin`. */
  readonly listActorRefs: (db: Database, accountIds: readonly Id[]) => Promise<ReadonlyMap<Id, Id>>
  readonly onProgress?: (copies: number, of: number) => void
}

const EXAMS_AT_ONCE = 100
const COPIES_AT_ONCE = 200
const EVENTS_AT_ONCE = 5_000
/** Before all others. */
const FIRST_ID = idSchema.parse('00000000-0000-0000-0000-000000000000')

/**
 * Lives the life of every copy again by its events, and compares what they lead to with the business tables, both as
 * they are at one moment: what was moved without an event shows. Changes nothing. What the events themselves are worth
 * is for `verifyLog` to say. Memory does not grow with the log.
 */
export function replayLog(deps: ReplayDeps): Promise<ReplayReport> {
  return inSnapshot(deps.db, async (tx) => {
    const replay = new Replay(deps, tx, await countCopies(tx))
    for await (const exams of pagesOf((after) => listExamKeys(tx, after, EXAMS_AT_ONCE))) {
      for (const exam of exams) await replay.takeExam(exam)
    }
    return replay.report()
  })
}

class Replay {
  readonly #deps: ReplayDeps
  readonly #tx: Tx
  readonly #total: number
  readonly #findings = new ReplayFindings()
  #copies = 0
  #events = 0

  constructor(deps: ReplayDeps, tx: Tx, total: number) {
    this.#deps = deps
    this.#tx = tx
    this.#total = total
  }

  report(): ReplayReport {
    const { findingCount, doubtCount, findings, doubts } = this.#findings
    return { copies: this.#copies, events: this.#events, findingCount, doubtCount, findings, doubts }
  }

  async takeExam({ id, ref }: ExamKeys): Promise<void> {
    const assigned = await listAssigned(this.#tx, ref)
    for await (const copies of pagesOf((after) => listCopyFacts(this.#tx, id, after, COPIES_AT_ONCE))) {
      await this.#takeCopies(copies, assigned)
      this.#copies += copies.length
      this.#deps.onProgress?.(this.#copies, this.#total)
    }
  }

  async #takeCopies(copies: readonly CopyFacts[], assigned: ReadonlyMap<Id, Id>): Promise<void> {
    const lives = await this.#live(copies)
    const held = await this.#readHoldings(copies)
    const opened = await this.#openMembers(copies, lives)
    for (const copy of copies) {
      const life = lives.get(copy.streamRef)
      const holdings = held.get(copy.id)
      if (!life || !holdings) continue
      if (life.doubt) {
        this.#findings.doubt(life.doubt.reason, copy.id, life.doubt.seq)
        continue
      }
      const openedAt = (seq: number) => this.#read(copy, seq, opened)
      judgeCopy(this.#findings, copy, life, holdings, {
        assignedRef: assigned.get(copy.streamRef),
        openedAt,
      })
    }
  }

  /** The lives of copies, by their streams. */
  async #live(copies: readonly CopyFacts[]): Promise<ReadonlyMap<Id, Life>> {
    const byStream = new Map(copies.map((copy) => [copy.streamRef, { copy, life: new Life() }]))
    let after = { streamRef: FIRST_ID, seq: 0 }
    for (;;) {
      const events = await listLifeEvents(this.#tx, [...byStream.keys()], after, EVENTS_AT_ONCE)
      for (const event of events) {
        const { copy, life } = byStream.get(event.streamRef) ?? {}
        if (copy && life?.take(event) === false) {
          const { seq, action } = event
          this.#findings.add('event-impossible', { copy: copy.id, seq, action })
        }
      }
      this.#events += events.length
      const last = events.at(-1)
      if (last === undefined) break
      after = last
    }
    for (const { copy, life } of byStream.values()) life.end(copy.eventSeq)
    return new Map([...byStream].map(([ref, { life }]) => [ref, life]))
  }

  async #readHoldings(copies: readonly CopyFacts[]): Promise<ReadonlyMap<Id, CopyHoldings>> {
    const ids = copies.map(({ id }) => id)
    const annotations = Map.groupBy(await countAnnotations(this.#tx, ids), (row) => row.copyId)
    const scores = Map.groupBy(await listScoreFacts(this.#tx, ids), (row) => row.copyId)
    const remarks = Map.groupBy(await listRemarkFacts(this.#tx, ids), (row) => row.copyId)
    const results = Map.groupBy(await listResultFacts(this.#tx, ids), (row) => row.copyId)
    const markerIds = new Set(copies.map((copy) => copy.assignedMarkerId).filter((id) => id !== null))
    const markerRefs = await this.#deps.listActorRefs(this.#tx, [...markerIds])
    const holdings = copies.map((copy): [Id, CopyHoldings] => [
      copy.id,
      {
        annotations: new Map(annotations.get(copy.id)?.map((row) => [row.copyVersion, row.annotations])),
        scores: scores.get(copy.id) ?? [],
        remarks: remarks.get(copy.id) ?? [],
        results: results.get(copy.id) ?? [],
        markerRef: copy.assignedMarkerId ? markerRefs.get(copy.assignedMarkerId) : undefined,
      },
    ])
    return new Map(holdings)
  }

  /** The sealed members that count, by stream and place. */
  async #openMembers(copies: readonly CopyFacts[], lives: ReadonlyMap<Id, Life>) {
    const { keys } = this.#deps
    const opened = new Map<string, OpenedMembers | 'unreadable'>()
    if (keys === undefined) return opened
    const places = copies.flatMap(({ streamRef, isErased }) => {
      const life = lives.get(streamRef)
      return life && !isErased ? [...placesOf(life)].map((seq) => ({ streamRef, seq })) : []
    })
    const rows = await listPlaces(this.#tx, places)
    const members = await openMembers({ db: this.#tx, keys }, rows)
    for (const { id, streamRef, seq } of rows) {
      opened.set(`${streamRef} ${seq}`, members.get(id) ?? 'unreadable')
    }
    return opened
  }

  #read(
    copy: CopyFacts,
    seq: number,
    opened: ReadonlyMap<string, OpenedMembers | 'unreadable'>,
  ): OpenedMembers | undefined {
    const members = opened.get(`${copy.streamRef} ${seq}`)
    if (members !== 'unreadable') return members
    this.#findings.doubt('member-unreadable', copy.id, seq)
    return undefined
  }
}

/** The events whose sealed members say what the business tables should hold. */
function placesOf({ originals, marks }: Life): ReadonlySet<number> {
  const ofMarks = [...marks.values()].flatMap(({ scores, gradedAt }) => [
    ...[...scores.values()].map(({ seq }) => seq),
    ...(gradedAt === undefined ? [] : [gradedAt]),
  ])
  return new Set([...originals, ...ofMarks])
}

/** The pages of a list, each of which `read` gives after the last id of the one before; none of them is empty. */
async function* pagesOf<T extends { readonly id: Id }>(
  read: (afterId: Id) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let page = await read(FIRST_ID)
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield page
    page = await read(last.id)
  }
}
