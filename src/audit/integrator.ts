import { setTimeout as sleep } from 'node:timers/promises'
import { runInBackground } from '../observability/background.ts'
import { log } from '../observability/log.ts'
import { openDatabase } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import { createLeadership } from '../platform/leadership.ts'
import { drainSpool } from './drain-spool.ts'
import { BATCH, integrateBatch } from './integrate.ts'

/** Any constant will do; one worker of the installation holds it and grows the tree. */
export const INTEGRATOR_LOCK = 7_041_778
const EVERY_MS = 200
/** After a failure, such as a database that is gone. */
const PAUSE_MS = 1_000
const REPAIR_EVERY_MS = 5_000

export type Integrator = {
  isLeader(): boolean
  stop(): Promise<void>
}

/**
 * Grows the tree by what was queued, every 200 ms, in one worker of the installation at a time, which also moves what
 * was spooled to the table. A round that fails is logged and tried again.
 */
export function startIntegrator(deps: {
  /** The integrator's login. */
  readonly url: string
  readonly applicationName: string
  readonly keys: Pick<Keys, 'mac' | 'master'>
  /** Called after each round of the leader, grown or not. */
  readonly onTree?: () => void
}): Integrator {
  const { url, applicationName, keys } = deps
  const db = openDatabase(url, { applicationName, maxConnections: 2 })
  const leadership = createLeadership({ url, applicationName, lock: INTEGRATOR_LOCK })
  const stopping = new AbortController()
  let repairedAt = Number.NEGATIVE_INFINITY

  async function round(): Promise<void> {
    if (!(await leadership.tryHold())) return
    if (performance.now() - repairedAt > REPAIR_EVERY_MS) {
      await drainSpool({ db, keys })
      repairedAt = performance.now()
    }
    let taken = BATCH
    while (taken === BATCH && !stopping.signal.aborted) {
      taken = (await integrateBatch({ db, keys })).taken
    }
    deps.onTree?.()
  }
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const isFine = await runInBackground(() => round().then(() => true, logFailure))
      // Stopping ends the pause.
      await sleep(isFine ? EVERY_MS : PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const running = run()

  return {
    isLeader: leadership.isHeld,
    stop: async () => {
      stopping.abort()
      await running
      await leadership.close()
      await db.destroy()
    },
  }
}

function logFailure(error: unknown): false {
  log.audit.error('audit.integration-failed', {}, error)
  return false
}
