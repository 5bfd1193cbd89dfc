import { setTimeout as sleep } from 'node:timers/promises'
import { runInBackground } from '../observability/background.ts'
import { collectAtScrape } from '../observability/collector.ts'
import { log } from '../observability/log.ts'
import { systemClock } from '../platform/clock.ts'
import { openDatabase } from '../platform/database.ts'
import { SECOND } from '../platform/units.ts'
import { createPublication, type Publication, type PublishDeps } from './publish.ts'
import { countRefusal, witnessLag } from './publish-metrics.ts'
import { type SigningRefusal, SigningRefused } from './signing-refused.ts'
import { openTileFiles } from './tile-files.ts'

export type Publisher = {
  /**
   * Publishes what there is to publish, now or as soon as the last time is long enough ago; whoever calls meanwhile
   * waits for the next time together. Resolves when it is done, or has failed, which is logged. The leader calls it
   * again and again, also when nothing has grown: that is when checkpoints are renewed.
   */
  publishNow(): Promise<void>
  /** Publishes what was still asked for, then ends. */
  stop(): Promise<void>
}

const EVERY_MS = 500
/** After a failure, such as a full disk, or a refusal. */
const PAUSE_MS = 5 * SECOND
/** Who has not been called for so long does not lead. */
const LEADS_FOR_MS = 10 * SECOND

/** Publishes the log from this process, whenever it is told to. Throws `invalid-settings` for what is no witness. */
export function startPublisher(deps: {
  /** The integrator's login. */
  readonly url: string
  readonly applicationName: string
  readonly log: PublishDeps['log']
  readonly keysDirectory: string
  readonly tlogDirectory: string
  readonly witnesses: PublishDeps['witnesses']
}): Publisher {
  const { url, applicationName, log: ownLog, keysDirectory, witnesses } = deps
  const db = openDatabase(url, { applicationName, maxConnections: 1 })
  const files = openTileFiles(deps.tlogDirectory)
  const publication = createPublication({
    db,
    log: ownLog,
    keysDirectory,
    files,
    witnesses,
    clock: systemClock,
  })
  const turns = takeTurns(createAttempt(publication))
  let calledAt = Number.NEGATIVE_INFINITY
  const hideLag = collectAtScrape({
    name: 'witnesses',
    gauges: [witnessLag],
    read: () => (performance.now() - calledAt < LEADS_FOR_MS ? publication.readLag() : []),
  })
  return {
    publishNow: () => {
      calledAt = performance.now()
      return turns.next()
    },
    stop: async () => {
      await turns.stop()
      hideLag()
      await db.destroy()
    },
  }
}

/** Makes one attempt that never throws; returns how long to wait before the next. A refusal is told when it is new. */
function createAttempt({ publishOnce }: Publication): () => Promise<number> {
  let told: SigningRefusal | undefined
  return () =>
    runInBackground(async () => {
      try {
        await publishOnce()
        told = undefined
        return EVERY_MS
      } catch (error) {
        if (error instanceof SigningRefused) {
          countRefusal(error.reason)
          if (error.reason !== told) {
            log.audit.critical('audit.signing-refused', {
              'audit.refusal': error.reason,
              ...error.fields,
            })
          }
          told = error.reason
        } else {
          log.audit.error('audit.publish-failed', {}, error)
        }
        return PAUSE_MS
      }
    })
}

/** Runs `attempt` whenever it was asked for since it last began, one at a time, and not sooner than it says. */
function takeTurns(attempt: () => Promise<number>) {
  const stopping = new AbortController()
  let mayBeginAt = Number.NEGATIVE_INFINITY
  let waiting: Promise<void> | undefined
  let current: Promise<void> = Promise.resolve()

  async function run(): Promise<void> {
    await current
    const pauseMs = mayBeginAt - performance.now()
    if (pauseMs > 0) {
      // Stopping ends the pause.
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
    waiting = undefined
    const beganAt = performance.now()
    current = attempt().then((ms) => {
      mayBeginAt = beganAt + ms
    })
    await current
  }
  return {
    next: (): Promise<void> => {
      if (stopping.signal.aborted) return waiting ?? current
      waiting ??= run()
      return waiting
    },
    stop: async (): Promise<void> => {
      stopping.abort()
      await waiting
      await current
    },
  }
}
