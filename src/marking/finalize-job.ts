import { z } from 'zod'
import { defineJob } from '../queue/job.ts'

/** Draws the marked PDF of a copy and closes its marking. */
export const finalizeCopyJob = defineJob({
  queue: 'finalize-copy',
  payload: z.object({ copyId: z.uuid(), version: z.int() }),
  about: ({ copyId }) => ({ copyId }),
  attempts: 3,
  expireInSeconds: 1_800,
})
