import { listRequestEvents, type RequestEventRow } from '../audit/store.ts'
import type { Id } from '../observability/id.ts'
import type { Database } from '../platform/database.ts'
import { listRequestJobs, type RequestJobRow } from '../queue/store.ts'
import {
  entriesOfJob,
  entryOfEvent,
  entryOfLine,
  keyOfEvent,
  type Subject,
  subjectsOfPayload,
  type TraceEntry,
} from './entries.ts'
import type { LogLine } from './log-lines.ts'
import { listStreamOwners, type StreamOwnerRow } from './store.ts'

/** What the database holds of a request. */
export type Recorded = {
  readonly events: readonly RequestEventRow[]
  readonly jobs: readonly RequestJobRow[]
  readonly owners: readonly StreamOwnerRow[]
}

export type Story = { readonly entries: readonly TraceEntry[]; readonly summary: Summary }

export type Summary = {
  readonly requests: number
  readonly attempts: number
  readonly events: number
  /** Requests and attempts in which something went wrong. */
  readonly failures: number
  /** Attempts that run or are still to run. */
  readonly pending: number
  /** From the first beginning to the last end. */
  readonly durationMs: number
}

/** Reads what the database holds of a request, in one read-only snapshot. */
export function readRecorded(db: Database, requestId: string): Promise<Recorded> {
  const snapshot = db.transaction().setAccessMode('read only').setIsolationLevel('repeatable read')
  return snapshot.execute(async (tx) => {
    const events = await listRequestEvents(tx, requestId)
    const owners = await listStreamOwners(
      tx,
      events.map(({ streamRef }) => streamRef),
    )
    return { events, owners, jobs: await listRequestJobs(tx, requestId) }
  })
}

/**
 * The story of one request in the order of time, from its log lines and, when it could be asked, from the database.
 * Lines must have been read first: an event that is in them and not in the database is missing there.
 */
export function tellStory(lines: readonly LogLine[], recorded: Recorded | undefined, now: Date): Story {
  const logged = lines.map(entryOfLine)
  const entries = recorded ? mergeRecorded(logged, recorded, now) : logged
  return { entries: inOrder(entries), summary: summarize(entries, now) }
}

function mergeRecorded(logged: readonly TraceEntry[], recorded: Recorded, now: Date): readonly TraceEntry[] {
  const owners = new Map(recorded.owners.map((owner) => [owner.streamRef, owner]))
  const loggedEvents = new Map(
    logged.filter(({ kind }) => kind === 'event').map((entry) => [keyOfLogged(entry), entry]),
  )
  const events = recorded.events.map((row) => {
    const key = keyOfEvent(row.streamRef, row.seq)
    const entry = entryOfEvent(row, owners.get(row.streamRef), loggedEvents.get(key))
    loggedEvents.delete(key)
    return entry
  })
  const missing = [...loggedEvents.values()].map((entry): TraceEntry => {
    return { ...entry, level: 'ERROR', outcome: 'not in the database' }
  })
  const subjects = new Map(recorded.jobs.map((job) => [job.jobId, subjectsOfPayload(job.payload)]))
  const others = logged
    .filter(({ kind }) => kind !== 'event')
    .map((entry) => (entry.about.length > 0 ? entry : { ...entry, about: subjectsOf(entry, subjects) }))
  return [...others, ...events, ...missing, ...recorded.jobs.flatMap((job) => describeJob(job, logged, now))]
}

/** A line of a job does not always say what it is about; the job itself does. */
function subjectsOf(
  { jobId, about }: TraceEntry,
  ofJobs: ReadonlyMap<Id, readonly Subject[]>,
): readonly Subject[] {
  return (jobId && ofJobs.get(jobId)) ?? about
}

function keyOfLogged({ fields }: TraceEntry): string {
  return keyOfEvent(fields?.['audit.stream'], fields?.['audit.seq'])
}

/** A job that was handed on because its workers died, and that is settled, has nothing to add to the first one. */
function describeJob(job: RequestJobRow, logged: readonly TraceEntry[], now: Date): readonly TraceEntry[] {
  const isOfJob = (entry: TraceEntry) =>
    entry.kind === 'attempt' && entry.jobId === job.jobId && entry.fields?.['job.queue'] === job.queue
  const isHandedOn = job.queue.endsWith('-lost')
  if (isHandedOn && job.state === 'completed') return []
  const entries = entriesOfJob(job, logged.filter(isOfJob), now)
  return isHandedOn ? entries.slice(-1) : entries
}

const RANK: readonly TraceEntry['kind'][] = ['request', 'attempt', 'event', 'note', 'failure']

/** By time; what is of the same millisecond by its kind, and then as it came. What still waits comes last. */
function inOrder(entries: readonly TraceEntry[]): readonly TraceEntry[] {
  return entries.toSorted(
    (a, b) =>
      Number(a.kind === 'waiting') - Number(b.kind === 'waiting') ||
      Date.parse(a.at) - Date.parse(b.at) ||
      RANK.indexOf(a.kind) - RANK.indexOf(b.kind) ||
      (a.attempt ?? 0) - (b.attempt ?? 0),
  )
}

function summarize(entries: readonly TraceEntry[], now: Date): Summary {
  const count = (kind: TraceEntry['kind']) => entries.filter((entry) => entry.kind === kind).length
  const past = entries.filter(({ kind, at }) => kind !== 'waiting' || Date.parse(at) <= now.getTime())
  const begins = past.map(({ at }) => Date.parse(at))
  const ends = past.map(({ at, durationMs }) => Date.parse(at) + (durationMs ?? 0))
  return {
    requests: count('request'),
    attempts: count('attempt'),
    events: count('event'),
    failures: new Set(entries.filter(isFailed).map(pieceOfWork)).size,
    pending: count('waiting') + entries.filter(({ outcome }) => outcome === 'running').length,
    durationMs: past.length === 0 ? 0 : Math.round(Math.max(...ends) - Math.min(...begins)),
  }
}

function isFailed({ kind, level }: TraceEntry): boolean {
  return kind === 'failure' || (kind === 'attempt' && level !== 'INFO')
}

/** The attempt in which something happened, or the request: one failure leaves several lines. */
function pieceOfWork({ jobId, attempt }: TraceEntry): string {
  return jobId === undefined ? 'request' : `${jobId}:${attempt}`
}
