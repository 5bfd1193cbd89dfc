import type { OpenedMembers } from '../audit/open-members.ts'
import type { Id } from '../observability/id.ts'
import { isSameText, jsonOf, Sensitive } from '../observability/sensitive.ts'
import type { ReplayFacts, ReplayFindings } from './replay-findings.ts'
import type { Life, VersionMarks } from './replay-life.ts'
import type { CopyFacts, RemarkFacts, ResultFacts, ScoreFacts } from './replay-store.ts'

/** What the business tables hold of one copy besides its row. */
export type CopyHoldings = {
  /** By version. */
  readonly annotations: ReadonlyMap<number, number>
  readonly scores: readonly ScoreFacts[]
  readonly remarks: readonly RemarkFacts[]
  readonly results: readonly ResultFacts[]
  /** Reference of the marker that it is assigned to. */
  readonly markerRef: Id | undefined
}

/** What the log says besides the events of the copy's own stream. */
export type LogHoldings = {
  readonly assignedRef: Id | undefined
  /** The sealed members of an event; undefined without keys, and where no key opens them. */
  readonly openedAt: (seq: number) => OpenedMembers | undefined
}

/** Compares a copy with what its log says of it. Of an erased copy only its state is left to compare. */
export function judgeCopy(
  findings: ReplayFindings,
  copy: CopyFacts,
  life: Life,
  held: CopyHoldings,
  log: LogHoldings,
): void {
  const { seq } = life
  const add = (code: Parameters<ReplayFindings['add']>[0], facts: Partial<ReplayFacts> = {}) =>
    findings.add(code, { copy: copy.id, seq, ...facts })
  if (!life.statuses.has(copy.status)) {
    add('status-differs', { status: copy.status, statuses: [...life.statuses] })
  }
  if (copy.version !== life.version) {
    add('version-differs', { found: copy.version, expected: life.version })
  }
  if (copy.isErased !== life.isErased) add('erasure-differs')
  if (copy.isErased || life.isErased) return

  const { count, seq: countedAt } = life.pages ?? { count: 0, seq: 0 }
  if (copy.pages !== count) add('pages-differ', { found: copy.pages, expected: count, seq: countedAt })
  if (!isOriginal(copy, life, log)) add('original-differs', { seq: life.originals.at(-1) ?? 0 })
  if (held.markerRef !== log.assignedRef) add('marker-differs')
  const holderRef = life.statuses.has('LOCKED') ? life.holderRef : null
  if (copy.lockHolderRef !== holderRef) add('lock-differs')
  judgeMarks(add, life, held, log)
}

function judgeMarks(
  add: (
    code: 'annotations-differ' | 'scores-differ' | 'remarks-differ' | 'result-differs',
    facts: Partial<ReplayFacts>,
  ) => void,
  life: Life,
  held: CopyHoldings,
  log: LogHoldings,
): void {
  const versions = new Set([
    ...life.marks.keys(),
    ...held.annotations.keys(),
    ...[...held.scores, ...held.remarks, ...held.results].map(({ copyVersion }) => copyVersion),
  ])
  for (const version of versions) {
    const marks = life.marks.get(version)
    const [found, expected] = [held.annotations.get(version) ?? 0, marks?.annotations ?? 0]
    if (found !== expected) add('annotations-differ', { version, found, expected })
    const isOfVersion = ({ copyVersion }: { readonly copyVersion: number }) => copyVersion === version
    if (!areScores(held.scores.filter(isOfVersion), marks, log)) add('scores-differ', { version })
    if (!areRemarks(held.remarks.filter(isOfVersion), marks)) add('remarks-differ', { version })
    if (!isResult(held.results.find(isOfVersion), marks, log)) {
      add('result-differs', { version, ...(marks?.gradedAt && { seq: marks.gradedAt }) })
    }
  }
}

function isOriginal(copy: CopyFacts, life: Life, log: LogHoldings): boolean {
  if (life.originals.length === 0) return copy.originalSha256 === null
  if (copy.originalSha256 === null) return false
  // Events of earlier versions that declare a copy complete do not hold the digest.
  const last = life.originals.findLast((seq) => log.openedAt(seq)?.has('original_sha256'))
  return isMember(log, last ?? 0, 'original_sha256', copy.originalSha256)
}

function areScores(rows: readonly ScoreFacts[], marks: VersionMarks | undefined, log: LogHoldings): boolean {
  const logged = marks?.scores ?? new Map<Id, never>()
  const isLogged = (row: ScoreFacts) => {
    const score = logged.get(row.itemId)
    return score?.version === row.version && isMember(log, score.seq, 'points', row.pointsHundredths)
  }
  return rows.length === logged.size && rows.every(isLogged)
}

/** What remarks say is in no event: their versions are. */
function areRemarks(rows: readonly RemarkFacts[], marks: VersionMarks | undefined): boolean {
  const logged = marks?.remarks ?? new Map<Id | null, never>()
  return rows.length === logged.size && rows.every((row) => logged.get(row.itemId) === row.version)
}

function isResult(row: ResultFacts | undefined, marks: VersionMarks | undefined, log: LogHoldings): boolean {
  if (row === undefined || marks?.gradedAt === undefined) return row === undefined && !marks?.gradedAt
  return (
    isMember(log, marks.gradedAt, 'final_score', row.finalScoreHundredths) &&
    isMember(log, marks.gradedAt, 'marked_sha256', row.markedSha256)
  )
}

/** Whether a value is what an event has sealed; what is not known, for want of a key say, is not compared. */
function isMember(
  { openedAt }: LogHoldings,
  seq: number,
  name: string,
  value: Sensitive<unknown> | string | null,
): boolean {
  const sealed = openedAt(seq)?.get(name)
  if (sealed === undefined) return true
  const own = value instanceof Sensitive ? value : new Sensitive(value)
  return isSameText(jsonOf(sealed), jsonOf(own))
}
