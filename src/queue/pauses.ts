import { SECOND } from '../platform/units.ts'
import type { Boss } from './boss.ts'
import { readPausedQueues } from './store.ts'

/** The end of a pause is seen within this time. */
const READ_EVERY_MS = 1 * SECOND

export type Pauses = {
  /** By what all loops of a worker read together at most once a second. */
  isPaused(queue: string): Promise<boolean>
  /** By what is read now. */
  isPausedNow(queue: string): Promise<boolean>
}

/** Tells whether a queue is paused. Where that cannot be read, the last that was read holds. */
export function watchPauses(boss: Boss): Pauses {
  let readAt = Number.NEGATIVE_INFINITY
  let paused: Promise<ReadonlySet<string>> = Promise.resolve(new Set<string>())
  function read(): void {
    readAt = performance.now()
    const last = paused
    // A queue that cannot be asked about goes on as it did.
    paused = readPausedQueues(boss).catch(() => last)
  }
  return {
    isPaused: async (queue) => {
      if (performance.now() - readAt > READ_EVERY_MS) read()
      return (await paused).has(queue)
    },
    isPausedNow: async (queue) => {
      read()
      return (await paused).has(queue)
    },
  }
}
