import { z } from 'zod'
import { idSchema, plainText } from '../platform/contract.ts'

export const examId = z.object({ examId: idSchema })

const label = plainText(200).min(1)
/** Every step is a multiple of it, so every number of points is one too. */
export const FINEST_STEP = 0.25
const step = z.union([z.literal(FINEST_STEP), z.literal(0.5), z.literal(1)])
const maxPoints = z.number().positive().max(1_000)

/** A question: either it has parts, or it carries points itself. */
export type RubricItemInput = {
  readonly label: string
  readonly maxPoints?: number | undefined
  readonly step?: 0.25 | 0.5 | 1 | undefined
  readonly items?: readonly RubricItemInput[] | undefined
}
const part = z.strictObject({ label, maxPoints, step: step.default(0.5) })
const question = z.strictObject({
  label,
  maxPoints: maxPoints.optional(),
  step: step.optional(),
  items: z.array(part).min(1).max(50).optional(),
})
export const rubricInput = z.strictObject({ items: z.array(question).min(1).max(100) })

export const newExam = z.strictObject({
  title: label,
  /** Whether every item needs a score before a copy can be finalized. */
  requireAllScores: z.boolean().default(true),
  rubric: rubricInput.optional(),
})

/** How the sheets are coded: a template such as `{exam}-{copy}-{page}`, with a code from a real sheet to try it on. */
export const codePatternInput = z.strictObject({
  pattern: z.string().min(1).max(64).nullable().describe('Null: the sheets carry no codes.'),
  sample: z.string().max(256).default('').describe('What a reader shows for the code of a real sheet.'),
})

export const codePatternView = z.object({
  pattern: z.string().nullable(),
  exam: z.string().nullable().describe('What the codes of this exam begin with; others are flagged.'),
  copy: z.string().nullable().describe('The copy that the sample names.'),
  page: z.int().nullable().describe('The page that the sample names.'),
})

/** Whether students read their graded copies of the exam. */
export const releaseInput = z.strictObject({ isReleased: z.boolean() })

export const newMarker = z.strictObject({ markerId: idSchema })

/** One line of the rubric in reading order; items with parts have no points of their own. */
export const rubricItemView = z.object({
  id: idSchema,
  parentId: idSchema.nullable(),
  label: z.string(),
  depth: z.int(),
  maxPoints: z.number().nullable(),
  step: z.number().nullable(),
})
export type RubricItemView = z.output<typeof rubricItemView>

export const examView = z.object({
  id: idSchema,
  title: z.string(),
  requireAllScores: z.boolean(),
  codePattern: z.string().nullable(),
  createdAt: z.iso.datetime(),
  release: z.object({
    releasedAt: z.iso.datetime().nullable().describe('Null: students read nothing of it.'),
    version: z.int().describe('To send with the next change of it.'),
  }),
  rubric: z.object({ version: z.int(), maxTotal: z.number(), items: z.array(rubricItemView) }),
  markers: z.array(idSchema),
})
export type ExamView = z.output<typeof examView>

export const examList = z.object({
  exams: z.array(
    z.object({
      id: idSchema,
      title: z.string(),
      createdAt: z.iso.datetime(),
      releasedAt: z.iso.datetime().nullable(),
    }),
  ),
})
