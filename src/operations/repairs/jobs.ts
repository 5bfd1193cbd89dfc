import { changeCopy, takeCopy } from '../../copies/change.ts'
import { importBatchJob } from '../../copies/import-job.ts'
import { prepareCopyJob } from '../../copies/prepare-job.ts'
import { repairBatch } from '../../copies/retry-import.ts'
import { finalizeCopyJob } from '../../marking/finalize-job.ts'
import type { Id } from '../../observability/id.ts'
import { type Database, inTransaction, type Tx } from '../../platform/database.ts'
import { AppError } from '../../platform/errors.ts'
import { findJob, type JobRow, requeueJob } from '../../queue/store.ts'
import { assertMendable } from './assert-mendable.ts'
import { defineRepair, notApplicable, type RepairDeps, type Told, type Why } from './repair-kind.ts'

const told = ({ id, queue, state }: JobRow): Told => ({
  sentence: `run job ${id} of the queue ${queue} again, now`,
  facts: { job: id, queue, state },
})

export const requeueRepair = defineRepair({
  about: 'job',
  plan: async ({ db }, jobId) => told(await getStuckJob(db, jobId)),
  perform: (deps, jobId, why) =>
    inTransaction(deps.db, async (tx) => {
      const job = await getStuckJob(tx, jobId)
      await record(deps, tx, job, why)
      if (!(await requeueJob(tx, job))) throw notApplicable('This job has just been taken or ended.')
      return told(job)
    }),
})

const UNTAKEN =
  'This job waits to be taken, now or within minutes: see whether a worker runs, and its queue is not paused.'
const ENDED = 'This job has ended.'

/** Why a job in this state is not stuck, when it is not. */
const WHY_NOT: Readonly<Record<JobRow['state'], string>> = {
  created: UNTAKEN,
  retry: UNTAKEN,
  active: 'A worker runs this job, and gives signs of life.',
  completed: ENDED,
  cancelled: ENDED,
  failed:
    'Nothing waits for this job any more, or it has just ended: use retry-import for its batch, or retry-finalization for its copy.',
}

/** A job that nobody runs now though something waits for its end. */
async function getStuckJob(db: Database, jobId: Id): Promise<JobRow> {
  const job = await findJob(db, jobId)
  if (!job) throw new AppError('not-found', { title: 'There is no such job.' })
  await assertMendable(db, 'requeue', jobId, WHY_NOT[job.state])
  return job
}

/** The repair is told where the work of the job is. */
async function record(deps: RepairDeps, tx: Tx, job: JobRow, why: Why): Promise<void> {
  const metadata = { ...why, job_ref: job.id, queue: job.queue }
  if (job.queue === 'import-batch') {
    const { batchId } = importBatchJob.payload.parse(job.payload)
    await repairBatch(deps, tx, batchId, metadata)
    return
  }
  const { payload } = job.queue === 'prepare-copy' ? prepareCopyJob : finalizeCopyJob
  const { copyId } = payload.parse(job.payload)
  await changeCopy(deps, tx, await takeCopy(tx, copyId), {}, [{ action: 'REPAIR', metadata }])
}
