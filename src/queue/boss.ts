import { PgBoss } from 'pg-boss'
import { runInBackground } from '../observability/background.ts'
import { log } from '../observability/log.ts'

/** The queue as `bin` hands it around; the library itself stays in this room. */
export type Boss = PgBoss

/** A worker that stops touching its job for this long has died (the library's minimum). */
export const HEARTBEAT_SECONDS = 10
const SUPERVISE_SECONDS = 2

/**
 * Opens the queue. The schema and the queues are made by `installQueues`; here no DDL right is needed.
 * Only workers supervise (return the jobs of the dead, delete old ones). The caller ends it with `stop()`.
 */
export async function openBoss(
  url: string,
  options: { applicationName: string; supervise: boolean; maxConnections?: number },
): Promise<Boss> {
  const boss = new PgBoss({
    connectionString: url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 4,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: options.supervise,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    reindex: false,
  })
  // The library's errors quote statements; the opaque description is all that is kept.
  boss.on('error', (error) => runInBackground(() => log.jobs.error('queue.library-error', {}, error)))
  return await boss.start()
}
