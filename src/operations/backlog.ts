import { readBacklog } from '../audit/health-store.ts'
import { countBatchesByStatus } from '../copies/batch-store.ts'
import { countCopiesByStatus } from '../copies/store.ts'
import { QUEUES } from '../observability/vocabulary.ts'
import type { Database } from '../platform/database.ts'
import { countJobs, listPauses, measureJobs } from '../queue/store.ts'
import type { BacklogView, DurationsView } from './contract.ts'

/** What waits: jobs by queue, copies and batches by state, and events on their way into the tree. */
export async function getBacklog(db: Database): Promise<BacklogView> {
  const [jobs, pauses, copies, batches, audit] = await Promise.all([
    countJobs(db),
    listPauses(db),
    countCopiesByStatus(db),
    countBatchesByStatus(db),
    readBacklog(db),
  ])
  return {
    queues: QUEUES.map((queue) => {
      const counts = jobs.find((row) => row.queue === queue)
      const pause = pauses.find((row) => row.queue === queue)
      return {
        queue,
        waiting: counts?.waiting ?? 0,
        active: counts?.active ?? 0,
        failed: counts?.failed ?? 0,
        oldestWaitingSeconds: counts?.oldestWaitingSeconds ?? 0,
        pausedAt: pause?.pausedAt.toISOString() ?? null,
        pausedBy: pause?.pausedBy ?? null,
      }
    }),
    copies: [...copies].map(([status, counts]) => ({ status, ...counts })),
    batches: [...batches].map(([status, count]) => ({ status, batches: count })),
    audit: {
      pending: audit.pending,
      oldestSeconds: Math.max(0, audit.oldestSeconds),
      spooled: audit.spooled,
    },
  }
}

const SECONDS_OF_DAY = 86_400

/** How long jobs of the last day waited and ran. */
export async function getDurations(db: Database): Promise<DurationsView> {
  return { queues: [...(await measureJobs(db, SECONDS_OF_DAY))] }
}
