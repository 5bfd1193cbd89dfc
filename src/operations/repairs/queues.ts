import { getContext } from '../../observability/context.ts'
import type { Id } from '../../observability/id.ts'
import type { QueueName } from '../../observability/vocabulary.ts'
import { type Database, inTransaction } from '../../platform/database.ts'
import { deletePause, insertPause, listPauses } from '../../queue/store.ts'
import { assertMendable } from './assert-mendable.ts'
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
      if (!(await insertPause(tx, { queue, reasonCode: why.reason_code, pausedBy: actorRef() })))
        throw pausedAlready()
      await recordOnSystem(deps, tx, { ...why, queue })
      return ofPause(queue)
    }),
})

/** As the event of the repair names whoever acts. */
function actorRef(): Id | null {
  const { actor } = getContext()
  return actor.kind === 'system' ? null : actor.ref
}

const ofResume = (queue: QueueName): Told => ({
  sentence: `set the queue ${queue} going again`,
  facts: { queue },
})
const NOT_PAUSED = 'This queue is not paused.'

export const resumeQueueRepair = defineRepair({
  about: 'queue',
  plan: async ({ db }, queue) => {
    await assertMendable(db, 'resume-queue', queue, NOT_PAUSED)
    return ofResume(queue)
  },
  perform: (deps, queue, why) =>
    inTransaction(deps.db, async (tx) => {
      if (!(await deletePause(tx, queue))) throw notApplicable(NOT_PAUSED)
      await recordOnSystem(deps, tx, { ...why, queue })
      return ofResume(queue)
    }),
})

async function isPaused(db: Database, queue: QueueName): Promise<boolean> {
  return (await listPauses(db)).some((pause) => pause.queue === queue)
}
