import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Samples } from './metrics.ts'
import type { Walk, WalkedCopy } from './walk.ts'

/** Where the log of events lies with everything the demonstration did, for whoever checks it. */
export type PublishedLog = {
  readonly dir: string
  readonly origin: string
  readonly vkey: string
  readonly size: number
  readonly witnessVkey: string | null
}

/** What `paraph demo --json` prints. */
export type DemoReport = {
  readonly ok: boolean
  /** What was not as it must be, in words; empty when `ok`. */
  readonly findings: readonly string[]
  readonly dataDir: string
  readonly logs: readonly string[]
  readonly metricsUrls: readonly string[]
  readonly copies: readonly object[]
  readonly exportsDir: string
  readonly csv: string
  readonly tlog: PublishedLog | null
  readonly metrics: Samples
  readonly durationsMs: Readonly<Record<string, number>>
}

type MarkedFile = {
  readonly path: string
  readonly sha256: string
  readonly pages: number
  readonly sheetPages: number
}

/** Writes the marked PDFs and the table under `<data>/exports/<exam>/`; returns the report of the walk. */
export function writeReport(
  walk: Walk,
  place: {
    dataDir: string
    logs: readonly string[]
    metricsUrls: readonly string[]
    tlog: PublishedLog | undefined
    metrics: Samples
    totalMs: number
  },
): DemoReport {
  const folder = join(place.dataDir, 'exports', walk.examId)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const csv = join(folder, 'scores.csv')
  writeFileSync(csv, walk.csv, { mode: 0o600 })
  const files = new Map(walk.copies.map((copy) => [copy.id, writeMarked(folder, copy)]))
  const findings = [
    ...judgeBatches(walk),
    ...walk.copies.flatMap((copy) => judgeCopy(copy, files.get(copy.id), walk)),
  ]
  if (walk.copies.length === 0) findings.push('no copy was marked')
  if (!place.tlog) findings.push('the log of events was not published in time')
  return {
    ok: findings.length === 0,
    findings,
    dataDir: place.dataDir,
    logs: place.logs,
    metricsUrls: place.metricsUrls,
    copies: walk.copies.map((copy) => ({
      id: copy.id,
      anonymousId: copy.anonymousId,
      status: copy.status,
      pages: copy.pages,
      finalScore: copy.finalScore,
      annotationTexts: copy.annotationTexts,
      events: copy.events.map(({ action, seq, requestId, actor, occurredAt, metadata }) => ({
        action,
        seq,
        requestId,
        actor,
        occurredAt,
        metadata,
      })),
      markedPdf: files.get(copy.id) ?? null,
    })),
    exportsDir: folder,
    csv,
    tlog: place.tlog ?? null,
    metrics: place.metrics,
    durationsMs: { ...walk.durationsMs, total: place.totalMs },
  }
}

function writeMarked(folder: string, copy: WalkedCopy): MarkedFile | undefined {
  if (!copy.marked) return undefined
  const path = join(folder, `${copy.anonymousId}.pdf`)
  writeFileSync(path, copy.marked, { mode: 0o600 })
  const sha256 = createHash('sha256').update(copy.marked).digest('hex')
  return { path, sha256, pages: copy.markedPages ?? 0, sheetPages: copy.sheetPages ?? 0 }
}

function judgeBatches(walk: Walk): string[] {
  return walk.failedBatches.map((batch) =>
    batch.status === 'IMPORTED'
      ? `a stack of ${batch.pageCount} pages does not divide into copies of ${batch.pagesPerCopy}: ${batch.unresolvedPages} pages are unresolved`
      : `an import ended with ${batch.errorCode ?? batch.status}`,
  )
}

/** The frozen actions of a whole life, in their order; annotations may repeat. */
const LIFE = /^IMPORT VALIDATE LOCK( CREATE_ANN)+ FINALIZE EXPORT$/
const FROZEN = /^(IMPORT|VALIDATE|LOCK|UNLOCK|CREATE_ANN|UPDATE_ANN|DELETE_ANN|FINALIZE|EXPORT)$/

/** Checks what the walk promises: graded, in order, without a gap, under ids that the answers carried, nothing lost. */
function judgeCopy(copy: WalkedCopy, file: MarkedFile | undefined, walk: Walk): string[] {
  const findings: string[] = []
  const say = (isTrue: boolean, text: string) =>
    isTrue ? undefined : findings.push(`copy ${copy.id}: ${text}`)
  const life = copy.events.map((event) => event.action).filter((action) => FROZEN.test(action))
  say(copy.status === 'GRADED', `it ended in ${copy.status}`)
  say(LIFE.test(life.join(' ')), `its life is out of order: ${life.join(' ')}`)
  say(
    copy.events.every((event, index) => event.seq === index + 1),
    'its events have a gap',
  )
  say(
    copy.events.every((event) => walk.requestIds.has(event.requestId)),
    'an event has a request id that no answer carried',
  )
  say(
    file !== undefined && file.pages === copy.pages + file.sheetPages,
    'its marked PDF has lost or gained pages',
  )
  const finalized = copy.events.find((event) => event.action === 'FINALIZE')
  say(
    file !== undefined && finalized?.metadata['marked_sha256'] === file.sha256,
    'its marked PDF is not the recorded one',
  )
  return findings
}
