import { z } from 'zod'
import { idSchema, plainText } from '../platform/contract.ts'

/** What `paraph repair` can do. The words are in events for ever. */
export const REPAIR_ACTIONS = [
  'retry-import',
  'dismiss-import',
  'retry-finalization',
  'force-release',
  'requeue',
  'pause-queue',
  'resume-queue',
  'drain-spool',
  'restart-sweeper',
  'restart-integrator',
  'end-session',
] as const
export type RepairAction = (typeof REPAIR_ACTIONS)[number]

/** Why it was done. */
export const REPAIR_REASONS = [
  'cause-removed',
  'marker-unreachable',
  'given-up',
  'blocks-others',
  'maintenance',
  'requested',
  'other',
] as const
export type RepairReason = (typeof REPAIR_REASONS)[number]

/** The longest note that an event can hold. */
export const LONGEST_NOTE = 2_000

const queueName = z.enum(['import-batch', 'prepare-copy', 'finalize-copy'])
const seconds = z.number().min(0)
const countOf = z.int().min(0)
const checks = z.record(z.string(), z.enum(['ok', 'failing']))
/** What a failing check lacks: names of our own roles, tables and triggers. */
const lacking = z.record(z.string(), z.array(z.string().regex(/^[A-Za-z0-9_:() -]{1,120}$/))).optional()
export const readinessView = z.object({
  status: z.enum(['ok', 'failing', 'shutting-down']),
  checks,
  lacking,
})
export type ReadinessView = z.output<typeof readinessView>

/** What each process says of itself; null when it does not answer. */
export const healthView = z.object({ api: readinessView, worker: readinessView.nullable() })
export type HealthView = z.output<typeof healthView>

export const backlogView = z.object({
  queues: z.array(
    z.object({
      queue: queueName,
      waiting: countOf,
      active: countOf,
      failed: countOf,
      oldestWaitingSeconds: seconds,
      pausedAt: z.iso.datetime().nullable(),
      /** Who paused it, by the reference that events have of them. */
      pausedBy: idSchema.nullable(),
    }),
  ),
  copies: z.array(z.object({ status: z.string(), copies: countOf, oldestSeconds: seconds })),
  batches: z.array(z.object({ status: z.string(), batches: countOf })),
  /** Events on their way into the log that can be proved. */
  audit: z.object({ pending: countOf, oldestSeconds: seconds, spooled: countOf }),
})
export type BacklogView = z.output<typeof backlogView>

/** Of the jobs that were completed within a day, by queue. */
export const durationsView = z.object({
  queues: z.array(
    z.object({
      queue: z.string(),
      jobs: countOf,
      medianWaitSeconds: seconds,
      p95WaitSeconds: seconds,
      medianRunSeconds: seconds,
      p95RunSeconds: seconds,
    }),
  ),
})
export type DurationsView = z.output<typeof durationsView>

const fact = z.union([z.string(), z.number(), z.boolean(), z.null()])
const facts = z.record(z.string(), fact)
const text = z.object({ fr: z.string(), en: z.string() })

export const incidentsQuery = z.strictObject({
  /** How far back events are looked at. */
  minutes: z.coerce.number().min(0.1).max(60).default(15),
})
/** What `paraph doctor` says: the most likely root cause first. */
export const incidentsView = z.object({
  findings: z.array(
    z.object({
      scenario: z.string(),
      cause: z.string(),
      title: text,
      weight: z.number(),
      evidence: z.array(
        z.object({ probe: z.string(), expected: z.string(), found: z.union([fact, z.array(facts)]) }),
      ),
      actions: z.array(
        z.object({ command: z.string(), does: text, risk: text, undo: text, verify: z.string() }),
      ),
      explainedBy: z.array(z.string()),
    }),
  ),
  unreached: z.array(
    z.object({
      source: z.string(),
      /** One question that failed, where the source answered others. */
      probe: z.string().optional(),
      code: z.string().nullable(),
    }),
  ),
  probes: countOf,
  durationMs: countOf,
})

export type IncidentsView = z.output<typeof incidentsView>

const searchedId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/)
export const searchQuery = z.strictObject({
  /** Of anything: a copy, a batch, an exam, a job, a stream of events, a request or an event's number. */
  id: searchedId,
})

const subject = z.object({ kind: z.string(), id: idSchema })
const storyEntry = z.object({
  at: z.iso.datetime(),
  kind: z.enum(['request', 'attempt', 'event', 'failure', 'note', 'waiting']),
  what: z.string(),
  about: z.array(subject),
  outcome: z.string().nullable(),
  jobId: idSchema.nullable(),
  /** Of an event: its number, and the request to trace. */
  eventId: z.string().nullable(),
  requestId: z.string().nullable(),
})
export type StoryEntry = z.output<typeof storyEntry>

export const searchView = z.object({
  found: z.array(
    z.object({
      kind: z.enum(['copy', 'batch', 'exam', 'job', 'request', 'event']),
      id: z.string(),
      status: z.string().nullable(),
      /** How its events name it. */
      streamRef: idSchema.nullable(),
      /** Of a job or an event: the request to trace. */
      requestId: z.string().nullable(),
      /** What to ask next. */
      look: z.string(),
    }),
  ),
  /**
   * Of a request, what the database holds of it, in the order of time; of anything that has a stream of events, the last
   * of them.
   */
  story: z.array(storyEntry),
})
export type SearchView = z.output<typeof searchView>

export const traceQuery = z.strictObject({ request: z.string().regex(/^[A-Za-z0-9._-]{8,64}$/) })
/** A value of a registered field of the log, none of which can hold anything about a person. */
const field = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])
/** What `paraph trace` tells of a request: log lines, events and jobs. */
export const traceView = z.object({
  entries: z.array(
    storyEntry.extend({
      level: z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL']),
      /** The reference that events have of whoever acted. */
      actorRef: idSchema.nullable(),
      durationMs: z.number().nullable(),
      attempt: z.int().nullable(),
      fields: z.record(z.string(), field),
    }),
  ),
  /** Where was looked: logs that were rotated away, or that go elsewhere, say nothing any more. */
  logs: z.object({
    state: z.enum(['read', 'absent', 'unreadable']),
    files: countOf,
    brokenLines: countOf,
    since: z.iso.datetime().nullable(),
  }),
})
export type TraceView = z.output<typeof traceView>

export const repairBody = z.strictObject({
  action: z.enum(REPAIR_ACTIONS),
  reason: z.enum(REPAIR_REASONS),
  copy: idSchema.optional(),
  batch: idSchema.optional(),
  job: idSchema.optional(),
  queue: queueName.optional(),
  pid: z.int().min(1).optional(),
  note: plainText(LONGEST_NOTE).optional(),
  /** Says what it would do, and changes nothing, unless this is false. */
  dryRun: z.boolean().default(true),
})
export const repairView = z.object({
  action: z.enum(REPAIR_ACTIONS),
  dryRun: z.boolean(),
  isUnfinished: z.boolean(),
  sentence: z.string(),
  facts,
})
export type RepairView = z.output<typeof repairView>
