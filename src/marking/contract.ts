import { z } from 'zod'
import { COPY_STATUSES } from '../copies/contract.ts'
import { FINEST_STEP } from '../exams/contract.ts'
import { idSchema, plainText } from '../platform/contract.ts'

/** The token is no `Id`: it grants something, so it must fit no log field. */
export const lockView = z.object({ token: z.uuid(), since: z.iso.datetime(), until: z.iso.datetime() })
export type LockView = z.output<typeof lockView>

export const ANNOTATION_KINDS = ['comment', 'highlight', 'ink', 'tick', 'cross', 'box', 'text'] as const
export type AnnotationKind = (typeof ANNOTATION_KINDS)[number]

/** Positions and sizes are fractions of the upright page, origin top left. */
const fraction = z.number().min(0).max(1)
const extent = z.number().gt(0).max(1)
const text = plainText(4_000).min(1)
const points = z.number().min(-1_000).max(1_000).multipleOf(FINEST_STEP)
const pageNumber = z.int().min(1).max(10_000)
/** How hard the pen was pressed, where the device could tell; the line on the screen follows it. */
const pressure = fraction.optional()
const strokes = z
  .array(
    z
      .array(z.strictObject({ x: fraction, y: fraction, pressure }))
      .min(1)
      .max(2_000),
  )
  .min(1)
  .max(200)
/** What a pen drew: lines through points; a single point is a dot. */
export type Strokes = z.output<typeof strokes>

const onPage = {
  /** The client's own id: sending the same annotation twice makes it once. */
  id: idSchema.optional(),
  pageNumber,
  points: points.optional(),
}
/** A mark set with one click has no size of its own. */
const atPoint = {
  ...onPage,
  x: fraction,
  y: fraction,
  width: fraction.default(0),
  height: fraction.default(0),
}
const overArea = { ...onPage, x: fraction, y: fraction, width: extent, height: extent }

/** Each kind with the members it has; the box of ink is computed from its strokes. */
export const newAnnotation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['comment', 'text']), ...atPoint, text }),
  z.strictObject({ kind: z.enum(['tick', 'cross']), ...atPoint }),
  z.strictObject({ kind: z.enum(['highlight', 'box']), ...overArea }),
  z.strictObject({ kind: z.literal('ink'), ...onPage, strokes }),
])
export type NewAnnotation = z.output<typeof newAnnotation>

/** Only members that the annotation's kind has can be changed. */
export const annotationChange = z
  .strictObject({
    x: fraction,
    y: fraction,
    width: fraction,
    height: fraction,
    text,
    points: points.nullable(),
    strokes,
  })
  .partial()
export type AnnotationChange = z.output<typeof annotationChange>

export const annotationParams = z.object({ copyId: idSchema, annotationId: idSchema })

export const annotationView = z.object({
  id: idSchema,
  pageNumber: z.int(),
  kind: z.enum(ANNOTATION_KINDS),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  text: z.string().nullable(),
  strokes: z.array(z.array(z.object({ x: z.number(), y: z.number(), pressure }))).nullable(),
  points: z.number().nullable(),
  version: z.int(),
  updatedAt: z.iso.datetime(),
})
export type AnnotationView = z.output<typeof annotationView>
export const annotationList = z.object({ annotations: z.array(annotationView) })

export const scoreParams = z.object({ copyId: idSchema, itemId: idSchema })
/** `null` takes the score back. */
export const scoreBody = z.strictObject({ points: z.number().min(0).max(1_000).nullable() })

/** Of a question or of the whole copy; the empty text takes the remark back. */
export const remarkBody = z.strictObject({ text: plainText(2_000) })
const remarkView = z.object({
  text: z.string().nullable(),
  /** Version to send with the next change; 0 before the first. */
  version: z.int(),
})
export type RemarkView = z.output<typeof remarkView>

export const scoreSheetView = z.object({
  items: z.array(
    z.object({
      itemId: idSchema,
      label: z.string(),
      depth: z.int(),
      maxPoints: z.number().nullable(),
      step: z.number().nullable(),
      points: z.number().nullable(),
      /** Version to send with the next change; 0 before the first. */
      version: z.int(),
      remark: remarkView,
    }),
  ),
  /** Of the whole copy. */
  comment: remarkView,
  total: z.number(),
  maxTotal: z.number(),
  missing: z.int(),
})
export type ScoreSheetView = z.output<typeof scoreSheetView>

export const finalizationView = z.object({
  copyId: idSchema,
  status: z.enum(COPY_STATUSES),
  version: z.int(),
  attempt: z.int().nullable(),
  result: z
    .object({ finalScore: z.number(), pages: z.int(), sheetPages: z.int(), gradedAt: z.iso.datetime() })
    .nullable(),
})
export type FinalizationView = z.output<typeof finalizationView>

/** What a student reads of their own copy. */
export const resultView = z.object({
  copyId: idSchema,
  examTitle: z.string(),
  anonymousId: z.string(),
  gradedAt: z.iso.datetime(),
  finalScore: z.number(),
  maxTotal: z.number(),
  items: z.array(
    z.object({
      itemId: idSchema,
      label: z.string(),
      depth: z.int(),
      maxPoints: z.number().nullable(),
      points: z.number().nullable(),
      remark: z.string().nullable(),
    }),
  ),
  /** Of the whole copy. */
  comment: z.string().nullable(),
  pages: z.array(
    z.object({ pageNumber: z.int(), widthPx: z.int().nullable(), heightPx: z.int().nullable() }),
  ),
  annotations: z.array(annotationView),
})
export type ResultView = z.output<typeof resultView>
