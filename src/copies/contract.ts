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

export const uploadQuery = z.object({
  /** Cuts the stack every so many pages; without it the file is one copy. */
  pagesPerCopy: z.coerce.number().int().min(1).max(500).optional(),
})

export const batchView = z.object({
  id: idSchema,
  examId: idSchema,
  status: z.enum(['UPLOADED', 'IMPORTING', 'IMPORTED', 'FAILED']),
  fileName: z
    .string()
    .nullable()
    .describe('Null once the person of a copy of this scan was erased, and the scan with its name.'),
  sizeBytes: z.number(),
  pagesPerCopy: z.int().nullable(),
  pageCount: z.int().nullable(),
  pagesDone: z.int(),
  unresolvedPages: z.int(),
  errorCode: z.string().nullable(),
  createdAt: z.iso.datetime(),
  copies: z.array(idSchema),
})
export type BatchView = z.output<typeof batchView>

export const batchList = z.object({ batches: z.array(batchView) })

export const copyView = z.object({
  id: idSchema,
  examId: idSchema,
  batchId: idSchema,
  anonymousId: z.string(),
  status: z.enum(COPY_STATUSES),
  version: z.int(),
  pages: z.int(),
  assignedMarkerId: idSchema.nullable(),
  statusChangedAt: z.iso.datetime(),
  erasedAt: z.iso
    .datetime()
    .nullable()
    .describe('When what the copy held was erased; only its state and its events are left.'),
})
export type CopyView = z.output<typeof copyView>

export const copyList = z.object({ copies: z.array(copyView) })

export const copyListQuery = z.object({ status: z.enum(COPY_STATUSES).optional() })

export const pageQuery = z.object({ size: z.enum(['thumbnail', 'screen', 'full']).default('screen') })
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
