import { z } from 'zod'
import { idSchema, plainText } from '../platform/contract.ts'

/** What `paraph repair` can do. The words are in events for ever. */
export const REPAIR_ACTIONS = [
  'retry-import',
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
  'blocks-others',
  'maintenance',
  'requested',
  'other',
] as const
export type RepairReason = (typeof REPAIR_REASONS)[number]

/** The longest note that an event can hold. */
export const LONGEST_NOTE = 2_000

const seconds = z.number().min(0)
const countOf = z.int().min(0)
const checks = z.record(z.string(), z.enum(['ok', 'failing']))
export const readinessView = z.object({ status: z.enum(['ok', 'failing', 'shutting-down']), checks })
export type ReadinessView = z.output<typeof readinessView>

/** What each process says of itself; null when it does not answer. */
export const healthView = z.object({ api: readinessView, worker: readinessView.nullable() })
export type HealthView = z.output<typeof healthView>

export const backlogView = z.object({
  queues: z.array(
    z.object({
      queue: z.string(),
      waiting: countOf,
      active: countOf,
      failed: countOf,
      oldestWaitingSeconds: seconds,
      pausedAt: z.iso.datetime().nullable(),
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
  unreached: z.array(z.object({ source: z.string(), code: z.string().nullable() })),
  probes: countOf,
  durationMs: countOf,
})

export const searchQuery = z.strictObject({
  /** Of anything: a copy, a batch, an exam, a job, a stream of events or a request. */
  id: z.string().regex(/^[A-Za-z0-9._-]{8,64}$/),
})
export const searchView = z.object({
  found: z.array(
    z.object({
      kind: z.enum(['copy', 'batch', 'exam', 'job', 'request']),
      id: z.string(),
      status: z.string().nullable(),
      /** How its events name it. */
      streamRef: idSchema.nullable(),
      /** What to ask next. */
      look: z.string(),
    }),
  ),
  /** What the database holds of the request, in the order of time; `paraph trace` tells its log lines too. */
  story: z.array(
    z.object({
      at: z.iso.datetime(),
      kind: z.string(),
      what: z.string(),
      about: z.array(z.object({ kind: z.string(), id: idSchema })),
      outcome: z.string().nullable(),
      jobId: idSchema.nullable(),
    }),
  ),
})
export type SearchView = z.output<typeof searchView>

export const repairBody = z.strictObject({
  action: z.enum(REPAIR_ACTIONS),
  reason: z.enum(REPAIR_REASONS),
  copy: idSchema.optional(),
  batch: idSchema.optional(),
  job: idSchema.optional(),
  queue: z.enum(['import-batch', 'finalize-copy']).optional(),
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
