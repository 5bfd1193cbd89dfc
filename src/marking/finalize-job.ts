import { z } from 'zod'
import { idSchema } from '../platform/contract.ts'
import { defineJob } from '../queue/job.ts'

/** Draws the marked PDF of a copy and closes its marking. */
export const finalizeCopyJob = defineJob({
  queue: 'finalize-copy',
  payload: z.object({ copyId: idSchema, version: z.int() }),
  about: ({ copyId }) => ({ copyId }),
  attempts: 3,
  expireInSeconds: 1_800,
})
