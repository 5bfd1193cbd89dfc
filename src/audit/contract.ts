import { z } from 'zod'
import { idSchema } from '../platform/contract.ts'

/**
 * One event as a reader sees it. A sealed member is its value for those entitled, else `{"sealed": true}`; once it was
 * erased it is `{"erased": true}` for everybody.
 */
export const auditEventView = z.object({
  /** Number of the event, of which its proof is asked. */
  id: z.string(),
  stream: z.object({ kind: z.enum(['copy', 'batch', 'exam', 'account', 'system']), ref: idSchema }),
  seq: z.int(),
  action: z.string(),
  actor: z.object({ kind: z.enum(['user', 'operator', 'system']), ref: idSchema.nullable() }),
  /** The stream of the exam that the event is about. */
  examRef: idSchema.nullable(),
  requestId: z.string(),
  occurredAt: z.iso.datetime(),
  metadata: z.record(z.string(), z.unknown()),
})
export type AuditEventView = z.output<typeof auditEventView>

export const timelineView = z.object({
  events: z.array(auditEventView),
  /** `seq` to continue after, absent at the end. */
  nextAfter: z.int().optional(),
})

const eventNumber = z.string().regex(/^[1-9]\d{0,17}$/)
export const eventParams = z.object({ eventId: eventNumber })

const LONGEST_WINDOW_DAYS = 366
const MS_OF_DAY = 86_400_000
const action = z.string().regex(/^[A-Z_]{2,40}$/)
/** A text that is no moment ends the checks of its question, which would compare it. */
const moment = z.iso.datetime({ offset: true, abort: true }).transform((text) => new Date(text))

/**
 * Which events are asked for; each member narrows. Without a stream and a request, a window of time must be given, of
 * 366 days at most. A name that is not here is refused: misspelt, it would widen the question.
 */
export const eventsQuery = z
  .strictObject({
    stream: idSchema.optional(),
    /** The stream of an exam, as events name it. */
    exam: idSchema.optional(),
    actor: idSchema.optional(),
    request: z
      .string()
      .regex(/^[A-Za-z0-9._-]{8,64}$/)
      .optional(),
    /** One, or several: `action=LOCK&action=UNLOCK`. */
    action: z
      .union([action, z.array(action).max(20)])
      .transform((one) => [one].flat())
      .optional(),
    /** Only what did not succeed. */
    failures: z.literal('true').optional(),
    from: moment.optional(),
    /** The first moment that is too late. */
    to: moment.optional(),
    /** `nextAfter` of the page before. */
    after: eventNumber.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(100),
  })
  .superRefine(({ stream, request, from, to }, context) => {
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message })
    const isNarrow = stream !== undefined || request !== undefined
    if (from === undefined && !isNarrow) refuse('from', 'missing')
    if (to === undefined && !isNarrow) refuse('to', 'missing')
    if (from === undefined || to === undefined) return
    if (to <= from || to.getTime() - from.getTime() > LONGEST_WINDOW_DAYS * MS_OF_DAY) refuse('to', 'window')
  })
export type EventsQuery = z.output<typeof eventsQuery>

export const eventPage = z.object({
  events: z.array(auditEventView),
  /** What `after` is for the next page, absent at the end. */
  nextAfter: z.string().optional(),
})

export const storedEvent = z.object({
  event: auditEventView,
  /** The bytes of the event as they were made, in base64; none of an event from before there were leaves. */
  leaf: z.base64().nullable(),
  /** The event's place in the log, once it has one. */
  leafIndex: z.int().nullable(),
  /** The event failed its checks, and its place in the log says so in its stead. */
  isQuarantined: z.boolean(),
})

/** The rest of the path of a bundle, and of a tile of hashes: whether it names one is found where the file is read. */
export const bundleParams = z.object({ '*': z.string() })
export const tileParams = z.object({ level: z.string(), '*': z.string() })

export const streamParams = z.object({ streamRef: idSchema })

/** An event of the stream, or the `GAP` on the installation's stream that stands for one of its numbers. */
const provedEntry = z.object({
  eventId: z.string(),
  /** As the table has them, in base64; null in an event from before there were leaves. */
  leaf: z.base64().nullable(),
  /** What stands in its place in the log, when it failed its checks. */
  quarantine: z.base64().nullable(),
  /** Null while the event has no place in the log. */
  index: z.int().nullable(),
  /** The way to the root of the checkpoint (RFC 6962); null when the published files have none. */
  path: z.array(z.base64()).nullable(),
  /** What its sealed members are of: a commitment is HMAC-SHA256 under the salt, of name, NUL and `json`. */
  disclosed: z.record(z.string(), z.object({ salt: z.string(), json: z.string() })),
})

/**
 * What shows whether the events of a stream are those of the published log. Nothing of it was checked here: whoever
 * asks is to judge, and finds what was altered.
 */
export const streamProof = z.object({
  streamRef: idSchema,
  /** How many numbers the stream has given out. */
  lastSeq: z.int(),
  /** Events from before there were leaves: the lowest numbers. */
  earlier: z.int(),
  /** The last published one, signed; null when nothing is published yet. */
  checkpoint: z.string().nullable(),
  /** Every key that the log has had. A reader may hold one from elsewhere. */
  vkeys: z.array(z.string()),
  witnesses: z.array(z.string()),
  entries: z.array(provedEntry),
})
export type StreamProof = z.output<typeof streamProof>

export const logKeys = streamProof.pick({ vkeys: true, witnesses: true })
export type LogKeys = z.output<typeof logKeys>
