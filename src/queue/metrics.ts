import { defineGauge, defineHistogram, type Reading } from '../observability/metrics.ts'
import { QUEUES } from '../observability/vocabulary.ts'
import type { Database } from '../platform/database.ts'
import { countJobs } from './store.ts'

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const STATES = ['waiting', 'active', 'failed'] as const

export const jobWait = defineHistogram({
  name: 'grading_job_wait_seconds',
  help: 'Time a job waited in its queue before an attempt began.',
  exposedBy: 'worker',
  labels: { queue: QUEUES },
  buckets: SECONDS,
})

export const jobRun = defineHistogram({
  name: 'grading_job_run_seconds',
  help: 'Duration of one attempt of a job.',
  exposedBy: 'worker',
  labels: { queue: QUEUES, outcome: ['completed', 'retry', 'failed'] },
  buckets: SECONDS,
})

const queueDepth = defineGauge({
  name: 'grading_queue_depth',
  help: 'Jobs by queue and state.',
  exposedBy: 'sweeper',
  labels: { queue: QUEUES, state: STATES },
})

const oldestWaiting = defineGauge({
  name: 'grading_queue_oldest_waiting_seconds',
  help: 'Age of the oldest job that is ready to run and waits.',
  exposedBy: 'sweeper',
  labels: { queue: QUEUES },
})

export const sweeperLeader = defineGauge({
  name: 'grading_sweeper_leader',
  help: 'Whether this worker is the one that sweeps and speaks for the database: 1 or 0.',
  exposedBy: 'worker',
  labels: {},
})

export const lastSweep = defineGauge({
  name: 'grading_sweeper_last_sweep_timestamp_seconds',
  help: 'When this worker last ended a sweep, in seconds since the epoch.',
  exposedBy: 'sweeper',
  labels: {},
})

export const QUEUE_GAUGES = [queueDepth, oldestWaiting] as const

/** Reads the gauges of the queues from the database. */
export async function readQueueGauges(db: Database): Promise<readonly Reading[]> {
  const counts = new Map((await countJobs(db)).map((row) => [row.queue, row]))
  return QUEUES.flatMap((queue) => {
    const row = counts.get(queue)
    return [
      ...STATES.map((state) => queueDepth.at({ queue, state }, row?.[state] ?? 0)),
      oldestWaiting.at({ queue }, row?.oldestWaitingSeconds ?? 0),
    ]
  })
}
