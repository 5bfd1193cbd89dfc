import { ERRORS, type Locker, type RequestRelease } from '@tus/server'
import { SECOND } from '../platform/units.ts'

/** How long a request waits for the one that it takes over from. */
const PATIENCE_MS = 15 * SECOND

type Holder = {
  readonly askToLeave: RequestRelease
  readonly left: Promise<void>
  readonly leave: () => void
}

/**
 * One writer for each upload. Whoever comes later takes over: the sender whose connection died must not keep the one who
 * goes on from going on. (The library's own locker asks again and again meanwhile, without a pause.)
 */
export function createUploadLocker(): Locker {
  const holders = new Map<string, Holder>()

  return {
    newLock: (id) => ({
      lock: async (signal, askToLeave) => {
        const until = performance.now() + PATIENCE_MS
        for (let holder = holders.get(id); holder; holder = holders.get(id)) {
          await holder.askToLeave()
          await untilFree(holder.left, signal, until - performance.now())
          if (signal.aborted || performance.now() >= until) throw ERRORS.ERR_LOCK_TIMEOUT
        }
        const { promise, resolve } = Promise.withResolvers<void>()
        holders.set(id, { askToLeave, left: promise, leave: resolve })
      },
      unlock: async () => {
        const holder = holders.get(id)
        holders.delete(id)
        holder?.leave()
      },
    }),
  }
}

async function untilFree(left: Promise<void>, signal: AbortSignal, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, Math.max(0, patienceMs))
  signal.addEventListener('abort', () => resolve(), { once: true })
  await Promise.race([left, promise])
  clearTimeout(timer)
}
