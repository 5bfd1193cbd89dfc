import { z } from 'zod'
import { COPY_STATUSES } from '../copies/contract.ts'

export const lockView = z.object({ token: z.uuid(), since: z.iso.datetime(), until: z.iso.datetime() })
export type LockView = z.output<typeof lockView>

/** Position and size as fractions of the upright page, origin top left. */
const fraction = z.number().min(0).max(1)
const text = z.string().trim().min(1).max(4_000)
const points = z.number().min(-1_000).max(1_000)
const pageNumber = z.int().min(1).max(10_000)

export const newAnnotation = z.strictObject({
  /** The client's own id: sending the same annotation twice makes it once. */
  id: z.uuid().optional(),
  pageNumber,
  kind: z.enum(['comment', 'highlight', 'tick']),
  x: fraction,
  y: fraction,
  width: fraction.default(0),
  height: fraction.default(0),
  text: text.optional(),
  points: points.optional(),
})
export type NewAnnotation = z.output<typeof newAnnotation>

export const annotationChange = z
  .strictObject({
    x: fraction,
    y: fraction,
    width: fraction,
    height: fraction,
    text,
    points: points.nullable(),
  })
  .partial()
export type AnnotationChange = z.output<typeof annotationChange>

export const annotationParams = z.object({ copyId: z.uuid(), annotationId: z.uuid() })

export const annotationView = z.object({
  id: z.uuid(),
  pageNumber: z.int(),
  kind: z.enum(['comment', 'highlight', 'tick']),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  text: z.string().nullable(),
  points: z.number().nullable(),
  version: z.int(),
  updatedAt: z.iso.datetime(),
})
export type AnnotationView = z.output<typeof annotationView>
export const annotationList = z.object({ annotations: z.array(annotationView) })

export const scoreParams = z.object({ copyId: z.uuid(), itemId: z.uuid() })
/** `null` takes the score back. */
export const scoreBody = z.strictObject({ points: z.number().min(0).max(1_000).nullable() })

export const scoreSheetView = z.object({
  items: z.array(
    z.object({
      itemId: z.uuid(),
      label: z.string(),
      depth: z.int(),
      maxPoints: z.number().nullable(),
      step: z.number().nullable(),
      points: z.number().nullable(),
      /** Version to send with the next change; 0 before the first. */
      version: z.int(),
    }),
  ),
  total: z.number(),
  maxTotal: z.number(),
  missing: z.int(),
})
export type ScoreSheetView = z.output<typeof scoreSheetView>

export const finalizationView = z.object({
  copyId: z.uuid(),
  status: z.enum(COPY_STATUSES),
  version: z.int(),
  attempt: z.int().nullable(),
  result: z
    .object({ finalScore: z.number(), pages: z.int(), sheetPages: z.int(), gradedAt: z.iso.datetime() })
    .nullable(),
})
export type FinalizationView = z.output<typeof finalizationView>
