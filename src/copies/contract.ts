import { z } from 'zod'
import { idSchema, plainText } from '../platform/contract.ts'

/** The states of a copy; frozen names. */
export const COPY_STATUSES = [
  'STAGING',
  'READY',
  'LOCKED',
  'GRADING_IN_PROGRESS',
  'GRADED',
  'GRADING_FAILED',
] as const
export type CopyStatus = (typeof COPY_STATUSES)[number]

export const copyId = z.object({ copyId: idSchema })
export const batchId = z.object({ batchId: idSchema })

/** How a scan becomes copies. */
export const SPLITS = ['one-copy', 'fixed', 'code-first', 'code-every'] as const
export type Split = (typeof SPLITS)[number]

export const uploadQuery = z.object({
  /** Cuts the stack every so many pages; without it the file is one copy, unless `split` says otherwise. */
  pagesPerCopy: z.coerce.number().int().min(1).max(500).optional(),
  /** By the codes on the first page of each copy, or on every page; the exam needs its code pattern then. */
  split: z.enum(['code-first', 'code-every']).optional(),
  /** Without it a scan that the exam has already is refused. */
  duplicate: z.literal('allow').optional(),
})
export type UploadQuery = z.output<typeof uploadQuery>

export const batchView = z.object({
  id: idSchema,
  examId: idSchema,
  status: z.enum(['UPLOADED', 'IMPORTING', 'IMPORTED', 'FAILED']),
  fileName: z
    .string()
    .nullable()
    .describe('Null once the scan was erased with its name: with the person of a copy of it, or by itself.'),
  sizeBytes: z.number(),
  split: z.enum(SPLITS),
  pagesPerCopy: z.int().nullable(),
  repaired: z
    .boolean()
    .describe('The index of the file was damaged and had to be rebuilt: look at its pages.'),
  pageCount: z.int().nullable(),
  pagesDone: z.int(),
  filedPages: z.int(),
  discardedPages: z.int(),
  unresolvedPages: z.int(),
  errorCode: z.string().nullable(),
  createdAt: z.iso.datetime(),
  copies: z.array(idSchema),
})
export type BatchView = z.output<typeof batchView>

export const batchList = z.object({ batches: z.array(batchView) })

/** What a listener hears while a batch is imported. */
export const batchProgress = batchView.pick({
  status: true,
  pageCount: true,
  pagesDone: true,
  errorCode: true,
})
export type BatchProgress = z.output<typeof batchProgress>

export const uploadId = z.object({ uploadId: idSchema })

export const uploadView = z.object({
  id: idSchema,
  examId: idSchema,
  status: z
    .enum(['receiving', 'whole', 'done'])
    .describe(
      '`whole`: every byte is there, and no batch yet; to finish it makes the batch, or says why not.',
    ),
  offset: z.int().describe('How many bytes are there: where to go on.'),
  sizeBytes: z.int(),
  options: uploadQuery,
  sha256: z.string().nullable().describe('What its sender said that the whole is.'),
  batchId: idSchema.nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().describe('Until when the rest may follow.'),
})
export type UploadView = z.output<typeof uploadView>

export const uploadList = z.object({ uploads: z.array(uploadView) })

export const copyView = z.object({
  id: idSchema,
  examId: idSchema,
  batchId: idSchema,
  anonymousId: z.string(),
  status: z.enum(COPY_STATUSES),
  version: z.int(),
  pages: z.int(),
  pagesVersion: z.int().describe('Grows with every change of its pages.'),
  isPrepared: z.boolean().describe('Whether its PDF is made of its pages as they are now.'),
  assignedMarkerId: idSchema.nullable(),
  statusChangedAt: z.iso.datetime(),
  erasedAt: z.iso
    .datetime()
    .nullable()
    .describe('When what the copy held was erased; only its state and its events are left.'),
})
export type CopyView = z.output<typeof copyView>

export const copyList = z.object({ copies: z.array(copyView) })

/** How far an exam is: what its copies wait for. Erased copies are not counted. */
export const examProgress = z.object({
  examId: idSchema,
  copies: z.int(),
  staging: z.int().describe('Not yet declared complete.'),
  graded: z.int(),
  failed: z.int().describe('Whose marked PDF could not be made.'),
  unresolvedPages: z.int().describe('Pages of its scans that are in no copy and were not discarded.'),
})
export type ExamProgress = z.output<typeof examProgress>

export const examProgressList = z.object({ exams: z.array(examProgress) })

export const copyListQuery = z.object({ status: z.enum(COPY_STATUSES).optional() })

export const pageQuery = z.object({
  size: z.enum(['thumbnail', 'screen', 'full']).default('screen'),
  pagesVersion: z.coerce
    .number()
    .int()
    .min(0)
    .max(2_147_483_647)
    .optional()
    .describe('Names the pages as they are: the private cache may then keep the image.'),
})

/** The pages of a copy as they are to be shown: what a screen needs to know before any image is there. */
export const pageSizesView = z.object({
  pagesVersion: z.int(),
  pages: z.array(
    z.object({
      pageNumber: z.int().describe('From 1.'),
      widthPx: z.int().nullable(),
      heightPx: z.int().nullable(),
    }),
  ),
})
export type PageSizesView = z.output<typeof pageSizesView>
export const pageParams = z.object({
  copyId: idSchema,
  pageNumber: z.coerce.number().int().min(1).max(10_000),
})

export const timelineQuery = z.object({ after: z.coerce.number().int().min(0).max(2_147_483_647).default(0) })

/** A reason is a closed word, with an optional note that is stored sealed. */
export const reasonBody = z.strictObject({
  reason: z.enum([
    'pages-missing',
    'pages-shuffled',
    'pages-unreadable',
    'wrong-copy',
    'marking-error',
    'appeal',
    'marker-unavailable',
    'other',
  ]),
  note: plainText(2_000).optional(),
})

export const dispatchResult = z.object({ assigned: z.int(), copies: z.array(copyView) })

/** What is odd about a page: found by the engine, by the whole scan, or by its code. */
const PAGE_FLAGS = [
  'blank',
  'renders-empty',
  'outside-crop',
  'upside-down',
  'sideways',
  'low-resolution',
  'too-dark',
  'too-light',
  'cut-edge',
  'foreign-code',
  'near-duplicate',
  'duplicate-number',
  'no-code',
  'foreign-exam',
  'before-first-cover',
  'longer-than-usual',
] as const

export const pageFlagView = z.object({
  kind: z.enum(PAGE_FLAGS),
  confidence: z.number().describe('From 0 to 1. A flag is a hint: nothing was changed.'),
  of: idSchema.optional().describe('The page that it looks like.'),
})
export type PageFlagView = z.output<typeof pageFlagView>

export const DISCARD_REASONS = [
  'blank',
  'cover-sheet',
  'duplicate',
  'not-of-this-exam',
  'replaced',
  'unreadable',
  'other',
] as const

export const pageView = z.object({
  id: idSchema,
  batchId: idSchema,
  scanNumber: z.int().describe('Its place in the scan, from 1.'),
  copyId: idSchema.nullable(),
  pageNumber: z.int().nullable().describe('Its place in the copy, from 1.'),
  version: z.int(),
  place: z.enum(['filed', 'discarded', 'unresolved']),
  discardReason: z.enum(DISCARD_REASONS).nullable(),
  errorCode: z.string().nullable().describe('Why it could not be read; it has no image then.'),
  hasImage: z.boolean(),
  widthPx: z.int().nullable(),
  heightPx: z.int().nullable(),
  dpi: z.int().nullable(),
  turn: z.int().describe('Clockwise, beside what the scan says itself.'),
  imageTurn: z
    .int()
    .describe('The turn that its image was made with; who shows it turns it by what is left of `turn`.'),
  copyCode: z.string().nullable(),
  sheetNumber: z.int().nullable().describe('The page number that its code names, or a person did.'),
  readPath: z.string().nullable().describe('How its image was made.'),
  readReason: z.string().nullable(),
  flags: z.array(pageFlagView),
})
export type PageView = z.output<typeof pageView>

/** A copy of a batch, with what its pages say against it. */
export const copyProblems = z.object({
  copyId: idSchema,
  anonymousId: z.string(),
  status: z.enum(COPY_STATUSES),
  pages: z.int(),
  pagesVersion: z.int(),
  missingNumbers: z.array(z.int()),
  duplicateNumbers: z.array(z.int()),
  extraNumbers: z.array(z.int()),
  isOutOfOrder: z.boolean(),
  hasOtherCount: z.boolean().describe('It has another number of pages than most copies of its scan.'),
})
export type CopyProblems = z.output<typeof copyProblems>

export const pageListQuery = z.object({
  /** `exceptions`: only what somebody should look at. */
  only: z.enum(['all', 'exceptions']).default('all'),
})
export const pageList = z.object({
  scanned: z.int(),
  filed: z.int(),
  discarded: z.int(),
  unresolved: z.int(),
  pages: z.array(pageView),
  copies: z.array(copyProblems),
})
export type PageList = z.output<typeof pageList>

export const pageId = z.object({ pageId: idSchema })
export const operationId = z.object({ operationId: idSchema })
const turn = z.union([z.literal(90), z.literal(180), z.literal(270)])
const sheetNumber = z.int().min(1).max(9_999)
const note = plainText(2_000).optional()

export const rotateBody = z.strictObject({ turn: turn.describe('Clockwise, from how it is shown now.') })
export const numberBody = z.strictObject({ sheetNumber: sheetNumber.nullable() })
export const moveBody = z.strictObject({
  copyId: idSchema,
  beforePageId: idSchema.nullable().default(null).describe('Null: to the end.'),
})
export const discardBody = z.strictObject({ reason: z.enum(DISCARD_REASONS), note })
export const replaceBody = z.strictObject({
  byPageId: idSchema,
  byPageVersion: z.int().optional().describe('What you have seen of that page; 428 without it.'),
})
export const reorderBody = z.strictObject({ pageIds: z.array(idSchema).min(1).max(2_500) })
export const splitBody = z.strictObject({ beforePageId: idSchema })
export const mergeBody = z.strictObject({
  fromCopyId: idSchema,
  fromPagesVersion: z.int().optional().describe('What you have seen of that copy; 428 without it.'),
})
export const makeCopyBody = z.strictObject({ pageIds: z.array(idSchema).min(1).max(2_500) })

/** Why an operation on pages is refused: the `reason` of `review-not-possible`. */
export type Refusal =
  | 'page-not-filed'
  | 'page-not-unresolved'
  | 'page-not-discarded'
  | 'page-not-of-this-copy'
  | 'not-the-same-pages'
  | 'nothing-to-split'
  | 'same-copy'
  | 'copy-without-pages'
  | 'page-without-image'
  | 'page-annotated'
  | 'changed-since'

/** What an operation has changed. */
export const operationView = z.object({
  operationId: idSchema,
  pages: z.array(pageView),
  copies: z.array(copyView),
})
export type OperationView = z.output<typeof operationView>
