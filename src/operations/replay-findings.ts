import type { CopyStatus } from '../copies/contract.ts'
import type { Id } from '../observability/id.ts'

/** What a finding is about: ids, states, counts and versions; no value of anybody. */
export type ReplayFacts = {
  readonly copy: Id
  /** The event that it was found at, or the last one of the copy. */
  readonly seq: number
  readonly action?: string
  readonly status?: CopyStatus
  /** The states that the log leads to. */
  readonly statuses?: readonly CopyStatus[]
  readonly version?: number
  readonly found?: number
  readonly expected?: number
}

/** What would have led to a state. */
const WAY_TO: Readonly<Record<CopyStatus, string>> = {
  STAGING: 'SEND_BACK',
  READY: 'VALIDATE, UNLOCK or REOPEN',
  LOCKED: 'LOCK',
  GRADING_IN_PROGRESS: 'FINALIZE_REQUEST',
  GRADED: 'successful FINALIZE',
  GRADING_FAILED: 'failed FINALIZE',
}

/** In what a copy and its log can differ, each in one sentence. */
const SENTENCES = {
  'event-impossible': (f) => `Copy ${f.copy} cannot have come to event ${f.seq} of its log (${f.action}).`,
  'status-differs': (f) =>
    `Copy ${f.copy} is ${f.status} but its log has no ${f.status && WAY_TO[f.status]} that leads there: by event ${f.seq} it is ${f.statuses?.join(' or ')}.`,
  'version-differs': (f) =>
    `Copy ${f.copy} is at version ${f.found} but by event ${f.seq} of its log at version ${f.expected}.`,
  'erasure-differs': (f) =>
    `Copy ${f.copy} is erased by its row or by its log, but not by both (event ${f.seq}).`,
  'pages-differ': (f) => `Copy ${f.copy} has ${f.found} pages but by its log ${f.expected} (event ${f.seq}).`,
  'original-differs': (f) => `Copy ${f.copy} names another scan than its log says (event ${f.seq}).`,
  'marker-differs': (f) => `Copy ${f.copy} has another marker than its exam's log has assigned.`,
  'lock-differs': (f) =>
    `Copy ${f.copy} has another lock, or another holder of it, than its log says (event ${f.seq}).`,
  'annotations-differ': (f) =>
    `Copy ${f.copy} has ${f.found} annotations in version ${f.version} but its log ${f.expected} (event ${f.seq}).`,
  'scores-differ': (f) =>
    `Copy ${f.copy} has other scores in version ${f.version} than its log says (event ${f.seq}).`,
  'remarks-differ': (f) =>
    `Copy ${f.copy} has other remarks in version ${f.version} than its log says (event ${f.seq}).`,
  'result-differs': (f) =>
    `Copy ${f.copy} has another result of version ${f.version} than its log says (event ${f.seq}).`,
} as const satisfies Record<string, (facts: ReplayFacts) => string>

export type ReplayCode = keyof typeof SENTENCES
export type ReplayFinding = ReplayFacts & { readonly code: ReplayCode; readonly sentence: string }

/** Why the log does not tell what a copy should be. */
const DOUBTS = {
  'place-missing': (copy, seq) => `Copy ${copy} cannot be judged from event ${seq} on, which is missing.`,
  'event-incomplete': (copy, seq) =>
    `Copy ${copy} cannot be judged from event ${seq} on, which does not say all that it should.`,
  'member-unreadable': (copy, seq) =>
    `Copy ${copy} cannot be judged wholly: no key opens the sealed members of event ${seq}.`,
} as const satisfies Record<string, (copy: Id, seq: number) => string>

export type DoubtCode = keyof typeof DOUBTS
export type ReplayDoubt = {
  readonly code: DoubtCode
  readonly copy: Id
  readonly seq: number
  readonly sentence: string
}

/** Of each kind so many are kept; all are counted. */
const KEPT_OF_EACH = 20

/** Collects what differs, and what cannot be told. */
export class ReplayFindings {
  readonly findings: ReplayFinding[] = []
  readonly doubts: ReplayDoubt[] = []
  readonly #counts = new Map<ReplayCode | DoubtCode, number>()

  add(code: ReplayCode, facts: ReplayFacts): void {
    if (this.#isKept(code)) this.findings.push({ code, ...facts, sentence: SENTENCES[code](facts) })
  }

  doubt(code: DoubtCode, copy: Id, seq: number): void {
    if (this.#isKept(code)) this.doubts.push({ code, copy, seq, sentence: DOUBTS[code](copy, seq) })
  }

  get findingCount(): number {
    return this.#sumOf(Object.keys(SENTENCES) as ReplayCode[])
  }

  get doubtCount(): number {
    return this.#sumOf(Object.keys(DOUBTS) as DoubtCode[])
  }

  #isKept(code: ReplayCode | DoubtCode): boolean {
    const count = (this.#counts.get(code) ?? 0) + 1
    this.#counts.set(code, count)
    return count <= KEPT_OF_EACH
  }

  #sumOf(codes: readonly (ReplayCode | DoubtCode)[]): number {
    return codes.reduce((sum, code) => sum + (this.#counts.get(code) ?? 0), 0)
  }
}
