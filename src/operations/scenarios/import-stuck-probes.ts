import { logProbe, processProbe } from '../probes.ts'
import { stuckProbe } from '../stuck.ts'

/** What is left free on the disk when it counts as nearly full. */
export const LOW_DISK_BYTES = 1_000_000_000

export const workerAnswers = processProbe('worker-answers', 'worker')

export const waitingImports = stuckProbe<{ batch: string; job: string; attempts: number; seconds: number }>(
  'waiting-imports',
)
export const pausedQueues = stuckProbe<{
  queue: string
  reason: string
  actor: string | null
  waiting: number
  seconds: number
}>('paused-queues')
export const failedImports = stuckProbe<{ batch: string; code: string; request: string; seconds: number }>(
  'failed-imports',
)
/** An upload is one request: one that breaks off before its end is answered 499, one that goes silent 408. */
export const brokenUploads = logProbe(
  'broken-uploads',
  'http.request',
  '"http.request.method":"POST","http.route":"/api/exams/:examId/batches"',
)

export const acceptedUploads = logProbe('accepted-uploads', 'upload.accepted')
