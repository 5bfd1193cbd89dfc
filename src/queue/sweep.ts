import { runInBackground } from '../observability/background.ts'
import { log } from '../observability/log.ts'
import type { ScheduledTask } from '../observability/vocabulary.ts'
import { createLeadership } from '../platform/leadership.ts'
import { SECOND } from '../platform/units.ts'
import { lastSweep, sweeperLeader } from './metrics.ts'

/** Any constant will do; one worker of the installation holds it and sweeps. */
export const SWEEPER_LOCK = 7_041_777
const EVERY_MS = 2 * SECOND

export type SweepTask = {
  readonly name: ScheduledTask
  readonly run: () => Promise<unknown>
  /** Runs at most this often; at every sweep when absent. */
  readonly everyMs?: number
}

export type Sweeper = {
  /** Whether this process is the one that sweeps, and so the one that exports the database's gauges. */
  isLeader(): boolean
  stop(): Promise<void>
}

/**
 * Runs the periodic tasks (expired locks and the like) in one worker of the installation at a time: the one whose
 * connection holds the advisory lock. Each run has a request id of its own, `job-<uuid>`.
 */
export function startSweeper(deps: {
  readonly url: string
  readonly applicationName: string
  readonly tasks: readonly SweepTask[]
  readonly everyMs?: number
  /** Told when the lock is ours, and when another has it or we stop; a connection that is lost decides nothing. */
  readonly onLeader?: (isLeader: boolean) => void
}): Sweeper {
  let told = false
  let current: Promise<void> | undefined
  const leadership = createLeadership({
    url: deps.url,
    applicationName: deps.applicationName,
    lock: SWEEPER_LOCK,
    onChange: (isHeld) => sweeperLeader.set({}, isHeld ? 1 : 0),
  })

  function tell(value: boolean): void {
    if (told === value) return
    told = value
    if (!value) lastSweep.clear()
    deps.onLeader?.(value)
  }

  async function hold(): Promise<boolean> {
    const wasHeld = leadership.isHeld()
    const isHeld = await leadership.tryHold()
    if (!wasHeld) tell(isHeld)
    return isHeld
  }

  const lastRun = new Map<SweepTask, number>()

  async function sweepOnce(): Promise<void> {
    for (const task of deps.tasks) {
      const since = performance.now() - (lastRun.get(task) ?? Number.NEGATIVE_INFINITY)
      if (since < (task.everyMs ?? 0)) continue
      lastRun.set(task, performance.now())
      await runInBackground(async () => {
        try {
          await task.run()
        } catch (error) {
          log.jobs.error('job.schedule-failed', { 'task.name': task.name }, error)
        }
      })
      // A long task is no silence.
      lastSweep.set({}, Date.now() / SECOND)
    }
  }

  async function tick(): Promise<void> {
    try {
      if (!(await hold())) return
      await sweepOnce()
      lastSweep.set({}, Date.now() / SECOND)
    } catch (error) {
      runInBackground(() => log.jobs.warning('job.schedule-failed', {}, error))
    }
  }

  /** A sweep that takes longer than the interval is not joined by a second one. */
  function start(): void {
    current ??= tick().finally(() => {
      current = undefined
    })
  }
  const timer = setInterval(start, deps.everyMs ?? EVERY_MS)
  sweeperLeader.set({}, 0)
  start()

  return {
    isLeader: leadership.isHeld,
    stop: async () => {
      clearInterval(timer)
      await current
      await leadership.close()
      tell(false)
    },
  }
}
