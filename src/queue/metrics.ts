import { defineGauge, defineHistogram } from '../observability/metrics.ts'
import type { Database } from '../platform/database.ts'
import { countJobs } from './store.ts'

/** Queues of the application; their names are labels, so the list is closed. */
export const QUEUES = ['import-batch', 'finalize-copy'] as const

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

export const jobWait = defineHistogram(
  'grading_job_wait_seconds',
  'Time a job waited in its queue before an attempt began.',
  { queue: QUEUES },
  SECONDS,
)

export const jobRun = defineHistogram(
  'grading_job_run_seconds',
  'Duration of one attempt of a job.',
  { queue: QUEUES, outcome: ['completed', 'retry', 'failed'] },
  SECONDS,
)

const queueDepth = defineGauge('grading_queue_depth', 'Jobs by queue and state.', {
  queue: QUEUES,
  state: ['waiting', 'active', 'failed'],
})

const oldestWaiting = defineGauge(
  'grading_queue_oldest_waiting_seconds',
  'Age of the oldest job that is ready to run and waits.',
  { queue: QUEUES },
)

/** Reads the gauges of the queues from the database. */
export async function collectQueueGauges(db: Database): Promise<void> {
  const counts = new Map((await countJobs(db)).map((row) => [row.queue, row]))
  for (const queue of QUEUES) {
    const row = counts.get(queue)
    for (const state of ['waiting', 'active', 'failed'] as const) {
      queueDepth.set({ queue, state }, row?.[state] ?? 0)
    }
    oldestWaiting.set({ queue }, row?.oldestWaitingSeconds ?? 0)
  }
}

/** Removes the gauges of this process: it no longer speaks for the database. */
export function clearQueueGauges(): void {
  queueDepth.clear()
  oldestWaiting.clear()
}
