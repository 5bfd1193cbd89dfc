import { z } from 'zod'
import { idSchema } from '../platform/contract.ts'
import { defineJob } from '../queue/job.ts'

/** Turns an uploaded PDF into page images and copies. */
export const importBatchJob = defineJob({
  queue: 'import-batch',
  payload: z.object({ batchId: idSchema }),
  attempts: 3,
  expireInSeconds: 4 * 3_600,
})
