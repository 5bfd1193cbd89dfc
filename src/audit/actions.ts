import { z } from 'zod'
import type { Sensitive } from '../observability/sensitive.ts'
import { idSchema } from '../platform/contract.ts'

/** What an event belongs to. */
export const STREAM_KINDS = ['copy', 'batch', 'exam', 'account', 'system'] as const
export type StreamKind = (typeof STREAM_KINDS)[number]

/**
 * The closed vocabulary of the audit log. Each action names its metadata and the class of each member: a clear member
 * is a page number, a count, a random id or a closed word; a sealed one may tell of a person and is stored encrypted.
 * Words never leave this list, because old events keep them.
 */
type Definition = {
  /** Of the metadata; members are only ever added, and then the version grows. */
  readonly version: number
  readonly clear: z.ZodObject
  readonly sealed: z.ZodObject
}

type NoMembers = Record<never, never>

function action<const C extends z.ZodRawShape = NoMembers, const S extends z.ZodRawShape = NoMembers>(
  clear: C = {} as C,
  sealed: S = {} as S,
) {
  return { version: 1, clear: z.strictObject(clear), sealed: z.strictObject(sealed) }
}

/** The version of an action's metadata once members have joined. */
function since<D extends Definition>(version: number, definition: D): D {
  return { ...definition, version }
}

const ref = idSchema
const word = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
const count = z.int().min(0)
const pageNumber = z.int().min(1)
/** A score in hundredths of a point; shown to readers as points. */
const hundredths = z.int()
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const fields = z.array(word).max(20)
const method = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
/** The template of a declared route, never an address. */
const route = z.string().regex(/^\/[A-Za-z0-9/:._*-]{1,119}$/)

export const ACTIONS = {
  // The nine frozen actions of the founding requirements.
  IMPORT: action(
    { success: z.boolean(), pages: count.optional(), error_code: word.optional() },
    { filename: z.string().optional(), original_sha256: sha256.optional() },
  ),
  VALIDATE: since(2, action({ pages: count }, { original_sha256: sha256.optional() })),
  LOCK: action({ expires_in_seconds: count }),
  UNLOCK: action(
    {
      reason: z.enum(['released', 'expired', 'taken-over', 'forced', 'correct']),
      reason_code: word.optional(),
    },
    noteField(),
  ),
  CREATE_ANN: action({ annotation_id: ref, page: pageNumber, kind: word }),
  UPDATE_ANN: action({ annotation_id: ref, page: pageNumber, version: count, fields }),
  DELETE_ANN: action({ annotation_id: ref, page: pageNumber, version: count }),
  FINALIZE: action(
    { success: z.boolean(), retries: count, version: count, error_code: word.optional() },
    { final_score: hundredths.optional(), marked_sha256: sha256.optional() },
  ),
  EXPORT: action({ format: z.enum(['csv', 'marked-pdf']), copies: count }),
  // Joined as features need them.
  FINALIZE_REQUEST: action({ cause: z.enum(['first', 'retry']), version: count }),
  SCORE: action({ item_ref: ref, version: count }, { points: hundredths.nullable().optional() }),
  // Of an item of the rubric, or of the whole copy; what it says is not in the log.
  REMARK: action({ item_ref: ref.optional(), version: count, removed: z.boolean() }),
  SEND_BACK: action({ reason_code: word }, noteField()),
  REOPEN: action({ from_version: count, reason_code: word }, noteField()),
  ASSIGN: action({ copy_ref: ref, marker_ref: ref }),
  CREATE_EXAM: action({}),
  SET_RUBRIC: action({ items: count, version: count }),
  ADD_MARKER: action({ marker_ref: ref }),
  UPLOAD: since(2, action({ bytes: count, pages_per_copy: count.optional(), split: word.optional() })),
  SET_CODE_PATTERN: action({ fields }),
  // From a release on, until it is withdrawn, students read their graded copies of the exam.
  RELEASE: action({ version: count }),
  WITHDRAW: action({ version: count }),
  // Whose copy it is goes with the copy's person when that is erased.
  LINK_STUDENT: action({}, { student_ref: ref.optional() }),
  UNLINK_STUDENT: action({}, { student_ref: ref.optional() }),
  // What people do to the pages of a copy while it is in STAGING; `pages` are those that it has afterwards.
  TURN_PAGE: pageAction({ page_ref: ref, turn: z.literal([0, 90, 180, 270]) }),
  NUMBER_PAGE: pageAction({ page_ref: ref }),
  MOVE_PAGE: pageAction({ page_ref: ref }),
  DISCARD_PAGE: pageAction({ page_ref: ref, reason_code: word }, noteField()),
  RESTORE_PAGE: pageAction({ page_ref: ref }),
  REPLACE_PAGE: pageAction({ page_ref: ref, by_ref: ref }),
  REORDER_PAGES: pageAction({}),
  SPLIT_COPY: pageAction({}),
  MERGE_COPY: pageAction({}),
  MAKE_COPY: pageAction({}),
  UNDO_REVIEW: pageAction({ undone_ref: ref }),
  ADD_ACCOUNT: action({ role: word }),
  SIGN_IN: action({ success: z.boolean() }),
  SIGN_OUT: action({}),
  // Of the log itself.
  MIGRATE: action({ to_version: count, earlier_events: count }),
  GAP: action({ stream_kind: z.enum(STREAM_KINDS), stream_ref: ref, missing_seq: z.int().min(1) }),
  ROTATE_KEY: action({ key: z.enum(['mac', 'master', 'log']), key_id: z.string().regex(/^[0-9a-f]{8}$/) }),
  // Of its readers, on the streams of their accounts.
  READ: action({
    what: z.enum(['events', 'timeline', 'proof', 'export', 'tiles']),
    events: count.optional(),
  }),
  REVEAL: action({ actor_ref: ref, reason_code: word }),
  /** A signed-in account was refused by its role, by ownership or by the origin of its request. */
  DENY: action({ method, route, error_code: word }),
  /** With `pages`, a scan was erased by itself; without, the person of a copy, and the scans it came in. */
  ERASE: since(2, action({ reason_code: word, fields: count, files: count, pages: count.optional() })),
  /** What an operator did to set something going again; ids and counts of what it was done to. */
  REPAIR: action(
    {
      action: word,
      reason_code: word,
      job_ref: ref.optional(),
      queue: word.optional(),
      session_pid: count.optional(),
      events: count.optional(),
    },
    noteField(),
  ),
} satisfies Record<string, Definition>

/** An operation on pages: its own reference, and how many pages the copy, or the batch without its copies, is left with. */
function pageAction<const C extends z.ZodRawShape, const S extends z.ZodRawShape = NoMembers>(
  clear: C,
  sealed: S = {} as S,
) {
  return action({ operation_ref: ref, pages: count, ...clear }, sealed)
}

function noteField() {
  return { note: z.string().max(2_000).optional() }
}

export type Action = keyof typeof ACTIONS

/** The nine actions whose names and order are frozen. */
export const FROZEN_ACTIONS = [
  'IMPORT',
  'VALIDATE',
  'LOCK',
  'UNLOCK',
  'CREATE_ANN',
  'UPDATE_ANN',
  'DELETE_ANN',
  'FINALIZE',
  'EXPORT',
] as const satisfies readonly Action[]

/** Each member wrapped; one that may be missing, or null, may still be so. Of no members nothing is asked. */
type Concealed<T> = string extends keyof T
  ? unknown
  : { [K in keyof T]: Sensitive<NonNullable<T[K]>> | Extract<T[K], null | undefined> }

/** Clear members; an action that has only sealed ones asks for none, one without any takes none. */
type Clear<C, S> = string extends keyof C ? (string extends keyof S ? C : unknown) : C

/** What an event of this action says: its clear members, and its sealed ones, which nobody has opened on the way. */
export type MetadataOf<A extends Action> = Clear<
  z.output<(typeof ACTIONS)[A]['clear']>,
  z.output<(typeof ACTIONS)[A]['sealed']>
> &
  Concealed<z.output<(typeof ACTIONS)[A]['sealed']>>

/** Sealed members that hold hundredths of a point; readers are given points. */
export const HUNDREDTHS_FIELDS: ReadonlySet<string> = new Set(['final_score', 'points'])
