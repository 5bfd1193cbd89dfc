import { z } from 'zod'
import { idSchema } from '../platform/contract.ts'
import { defineJob } from '../queue/job.ts'

/** Makes the PDF of a copy whose pages were changed, and the images of those that were turned. */
export const prepareCopyJob = defineJob({
  queue: 'prepare-copy',
  payload: z.object({ copyId: idSchema, pagesVersion: z.int() }),
  about: ({ copyId }) => ({ copyId }),
  attempts: 3,
  expireInSeconds: 1_800,
})
