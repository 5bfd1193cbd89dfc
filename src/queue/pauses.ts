import { SECOND } from '../platform/units.ts'
import type { Boss } from './boss.ts'
import { readPausedQueues } from './store.ts'

/** A pause, and the end of one, is heeded within this time. */
const READ_EVERY_MS = 1 * SECOND

export type IsPaused = (queue: string) => Promise<boolean>

/**
 * Tells whether a queue is paused, by what all loops of a worker read together at most once a second. Where that cannot
 * be read, the last that was read holds: a queue does not stop for it.
 */
export function watchPauses(boss: Boss): IsPaused {
  let readAt = Number.NEGATIVE_INFINITY
  let paused: Promise<ReadonlySet<string>> = Promise.resolve(new Set<string>())
  return async (queue) => {
    if (performance.now() - readAt > READ_EVERY_MS) {
      readAt = performance.now()
      const last = paused
      // A queue that cannot be asked about goes on as it did.
      paused = readPausedQueues(boss).catch(() => last)
    }
    return (await paused).has(queue)
  }
}
