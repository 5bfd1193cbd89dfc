import { z } from 'zod'
import { getContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { idSchema } from '../platform/contract.ts'

/** What travels beside every payload, so that a job tells the story of the click that started it. */
export const envelopeSchema = z.object({
  requestId: z.string(),
  traceparent: z.string().optional(),
  jobId: idSchema,
})
export type Envelope = z.output<typeof envelopeSchema>

/** What pg-boss stores for a job. */
export const storedJobSchema = z.object({ envelope: envelopeSchema, payload: z.unknown() })
export type StoredJob = z.output<typeof storedJobSchema>

/** The envelope of a job enqueued now: taken from the context, so that nobody can forget or invent it. */
export function makeEnvelope(jobId: Id): Envelope {
  const { requestId, traceparent } = getContext()
  return { requestId, jobId, ...(traceparent ? { traceparent } : {}) }
}
