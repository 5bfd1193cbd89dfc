import { createHash } from 'node:crypto'
import pg from 'pg'
import { runInBackground } from '../observability/background.ts'
import { log } from '../observability/log.ts'

/** A sleeper that a notification ends early. */
export type Wake = { wait(timeoutMs: number): Promise<void>; ring(): void }

/** A bell for one loop: `wait` ends at the next `ring`, or at once when it rang since the last wait. */
export function createWake(): Wake {
  let rung = false
  let end: (() => void) | undefined
  return {
    wait: (timeoutMs) =>
      new Promise((resolve) => {
        if (rung) {
          rung = false
          resolve()
          return
        }
        const timer = setTimeout(finish, timeoutMs)
        function finish(): void {
          clearTimeout(timer)
          end = undefined
          rung = false
          resolve()
        }
        end = finish
      }),
    ring: () => {
      rung = true
      end?.()
    },
  }
}

const RECONNECT_MS = 1_000
/** pg-boss names its channel after its schema. */
const CHANNEL = `pgboss_${createHash('sha224').update('pgboss').digest('hex').slice(0, 24)}`

/**
 * Listens for new jobs on a connection of its own and calls `onJob` with the queue's name; reconnects by itself, and
 * then rings every queue, since notifications were missed. Sleeping loops have a timer besides, so nothing depends on it.
 */
export function listenForJobs(
  url: string,
  applicationName: string,
  onJob: (queue: string | undefined) => void,
): { close(): Promise<void> } {
  let closed = false
  let client: pg.Client | undefined
  let retry: NodeJS.Timeout | undefined

  async function connect(): Promise<void> {
    if (closed) return
    const fresh = new pg.Client({ connectionString: url, application_name: applicationName })
    client = fresh
    fresh.on('notification', (message) => onJob(message.payload))
    // Its end, which follows, is what counts.
    fresh.on('error', () => undefined)
    fresh.on('end', () => {
      if (!closed) retry = setTimeout(() => void connect(), RECONNECT_MS)
    })
    try {
      await fresh.connect()
      await fresh.query(`listen ${CHANNEL}`)
      onJob(undefined)
    } catch (error) {
      runInBackground(() => log.jobs.warning('queue.fetch-failed', {}, error))
      // A connection that is gone needs no end.
      await fresh.end().catch(() => undefined)
    }
  }

  void connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(retry)
      // A connection that is gone needs no end.
      await client?.end().catch(() => undefined)
    },
  }
}
