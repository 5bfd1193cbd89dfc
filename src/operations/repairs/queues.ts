import type { QueueName } from '../../observability/vocabulary.ts'
import { type Database, inTransaction } from '../../platform/database.ts'
import { deletePause, insertPause, listPauses } from '../../queue/store.ts'
import { defineRepair, notApplicable, recordOnSystem, type Told } from './repair-kind.ts'

const ofPause = (queue: QueueName): Told => ({
  sentence: `pause the queue ${queue}: what runs ends, and nothing more is taken from it`,
  facts: { queue },
})
const pausedAlready = () => notApplicable('This queue is paused already.')

export const pauseQueueRepair = defineRepair({
  about: 'queue',
  plan: async ({ db }, queue) => {
    if (await isPaused(db, queue)) throw pausedAlready()
    return ofPause(queue)
  },
  perform: (deps, queue, why) =>
    inTransaction(deps.db, async (tx) => {
      if (!(await insertPause(tx, queue, why.reason_code))) throw pausedAlready()
      await recordOnSystem(deps, tx, { ...why, queue })
      return ofPause(queue)
    }),
})

const ofResume = (queue: QueueName): Told => ({
  sentence: `set the queue ${queue} going again`,
  facts: { queue },
})
const notPaused = () => notApplicable('This queue is not paused.')

export const resumeQueueRepair = defineRepair({
  about: 'queue',
  plan: async ({ db }, queue) => {
    if (!(await isPaused(db, queue))) throw notPaused()
    return ofResume(queue)
  },
  perform: (deps, queue, why) =>
    inTransaction(deps.db, async (tx) => {
      if (!(await deletePause(tx, queue))) throw notPaused()
      await recordOnSystem(deps, tx, { ...why, queue })
      return ofResume(queue)
    }),
})

async function isPaused(db: Database, queue: QueueName): Promise<boolean> {
  return (await listPauses(db)).some((pause) => pause.queue === queue)
}
