import { ACCEPTED, type Accepted, TERMINAL_WRITERS } from './accepted.ts'
import { type CallPaths, traceCalls } from './call-paths.ts'
import { type Catch, findCatches, judgeCatches } from './catches.ts'
import { type Correlation, judgeCorrelation, readCorrelation } from './correlation.ts'
import { judgeErrorTexts } from './error-text.ts'
import { type Field, readFields } from './field-registry.ts'
import { FINDING_KINDS, type Finding } from './finding.ts'
import { type EventUse, judgeLevels, readEventUses } from './levels.ts'
import { judgeLogCalls } from './log-arguments.ts'
import { findLogCalls, type LogCall } from './log-calls.ts'
import {
  type Coverage,
  compareMetrics,
  type DefinedMetric,
  findMetrics,
  judgeMetrics,
} from './metrics-coverage.ts'
import { comparePlaces } from './place.ts'
import type { Project } from './project.ts'
import { findReveals, judgeSensitive, type Reveal } from './sensitive.ts'
import { judgeWaysOut, listTerminalWriters } from './ways-out.ts'

/** Everything that the report tells, except the files that were read. */
export type Analysis = {
  readonly calls: readonly LogCall[]
  readonly fields: ReadonlyMap<string, Field>
  readonly catches: readonly Catch[]
  readonly reveals: readonly Reveal[]
  readonly events: readonly EventUse[]
  readonly paths: CallPaths
  readonly correlation: Correlation
  readonly metrics: readonly DefinedMetric[]
  readonly coverage: readonly Coverage[]
  /** Files that write to the terminal. */
  readonly writers: readonly string[]
  /** Sorted by kind, then by place. */
  readonly findings: readonly Finding[]
}

export function analyse(project: Project): Analysis {
  const calls = findLogCalls(project)
  const catches = findCatches(project, calls)
  const reveals = findReveals(project)
  const events = readEventUses(project, calls)
  const paths = traceCalls(project)
  const correlation = readCorrelation(project, paths)
  const metrics = findMetrics(project)
  const coverage = compareMetrics(metrics)
  const findings = [
    ...judgeLogCalls(project, calls),
    ...judgeWaysOut(project, TERMINAL_WRITERS),
    ...judgeErrorTexts(project),
    ...judgeSensitive(project, reveals),
    ...judgeCatches(project, catches, calls),
    ...judgeLevels(project, { events, calls, catches }),
    ...judgeCorrelation(project, correlation),
    ...judgeMetrics(project, metrics, coverage),
  ].sort(compareFindings)
  return {
    calls,
    fields: readFields(project),
    catches,
    reveals,
    events,
    paths,
    correlation,
    metrics,
    coverage,
    writers: listTerminalWriters(project),
    findings: withoutRepeats(findings),
  }
}

/** Several calls can name the same constant. */
function withoutRepeats(findings: readonly Finding[]): readonly Finding[] {
  const isSameAs = (a: Finding) => (b: Finding) => a.kind === b.kind && compareFindings(a, b) === 0
  return findings.filter((finding, index) => findings.findIndex(isSameAs(finding)) === index)
}

const KINDS = Object.keys(FINDING_KINDS)

function compareFindings(a: Finding, b: Finding): number {
  return (
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    comparePlaces(a.place, b.place) ||
    (a.subject < b.subject ? -1 : Number(a.subject > b.subject))
  )
}

/** A finding with the entry that accepts it. */
export type AcceptedFinding = Finding & { readonly entry: Accepted }

export type Judged = {
  readonly open: readonly Finding[]
  readonly accepted: readonly AcceptedFinding[]
  /** Entries of the lists that nothing fits any more. */
  readonly stale: readonly string[]
}

export type Lists = {
  readonly accepted: readonly Accepted[]
  readonly writers: Readonly<Record<string, string>>
}

const LISTS: Lists = { accepted: ACCEPTED, writers: TERMINAL_WRITERS }

/** Parts the findings by the list of accepted ones; each entry stands for one finding. */
export function judge({ findings, writers }: Pick<Analysis, 'findings' | 'writers'>, lists = LISTS): Judged {
  const left = [...lists.accepted]
  const open: Finding[] = []
  const accepted: AcceptedFinding[] = []
  for (const finding of findings) {
    const index = left.findIndex((entry) => isSame(entry, finding))
    const [entry] = index < 0 ? [] : left.splice(index, 1)
    if (entry) accepted.push({ ...finding, entry })
    else open.push(finding)
  }
  const stale = [
    ...left.map(({ kind, file, within, subject }) => `${kind} in ${within} of ${file}: ${subject}`),
    ...Object.keys(lists.writers).filter((file) => !writers.includes(file)),
  ]
  return { open, accepted, stale }
}

function isSame(entry: Accepted, { kind, place, within, subject }: Finding): boolean {
  return (
    entry.kind === kind && entry.file === place.file && entry.within === within && entry.subject === subject
  )
}
