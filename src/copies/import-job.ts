import { z } from 'zod'
import { idSchema } from '../platform/contract.ts'
import { defineJob } from '../queue/job.ts'

/**
 * Turns an uploaded PDF into page images and copies. It goes on where it was: what counts is not how often a worker died
 * but how often in a row nothing came of it (`import.ts`).
 */
export const importBatchJob = defineJob({
  queue: 'import-batch',
  payload: z.object({ batchId: idSchema }),
  attempts: 30,
  // Three attempts that lead nowhere end it; one that was lost on the way is to go on soon, however many there were.
  hasBackoff: false,
  expireInSeconds: 4 * 3_600,
})
