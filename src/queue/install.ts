import { PgBoss } from 'pg-boss'
import { withConnection } from '../platform/connection.ts'
import { HEARTBEAT_SECONDS } from './boss.ts'
import { type JobDefinition, lostQueueOf } from './job.ts'

const FAILED_JOBS_KEPT_SECONDS = 30 * 24 * 3_600

/**
 * Makes the queue's schema, its queues and the application's rights on them; run by `migrate`. Idempotent.
 */
export async function installQueues(migrateUrl: string, jobs: readonly JobDefinition[]): Promise<void> {
  const boss = new PgBoss({
    connectionString: migrateUrl,
    // What is made belongs to the NOLOGIN owner, not to the login that made it.
    options: '-c role=paraph_owner',
    max: 2,
    schedule: false,
    supervise: false,
    migrate: true,
    createSchema: true,
  })
  // What fails here fails the call that is awaited.
  boss.on('error', () => undefined)
  await boss.start()
  try {
    for (const job of jobs) {
      await ensureQueue(boss, lostQueueOf(job.queue), {
        notify: true,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        // Whatever keeps the end from being recorded (the database is down, say) may last for hours.
        retryLimit: 100,
        retryDelay: 5,
        retryBackoff: true,
        retryDelayMax: 600,
      })
      await ensureQueue(boss, job.queue, {
        notify: true,
        heartbeatSeconds: HEARTBEAT_SECONDS,
        expireInSeconds: job.expireInSeconds,
        retryLimit: job.attempts - 1,
        deadLetter: lostQueueOf(job.queue),
        deleteAfterSeconds: FAILED_JOBS_KEPT_SECONDS,
      })
    }
  } finally {
    await boss.stop({ graceful: false })
  }
  await grantQueueRights(migrateUrl)
}

async function ensureQueue(
  boss: PgBoss,
  name: string,
  options: NonNullable<Parameters<PgBoss['createQueue']>[1]>,
): Promise<void> {
  if (await boss.getQueue(name)) await boss.updateQueue(name, options)
  else await boss.createQueue(name, options)
}

async function grantQueueRights(migrateUrl: string): Promise<void> {
  const options = { applicationName: 'paraph-migrate', role: 'paraph_owner' }
  await withConnection(migrateUrl, options, (client) =>
    client.query(`
      grant usage on schema pgboss to paraph_app;
      grant select, insert, update, delete on all tables in schema pgboss to paraph_app;
      grant usage on all sequences in schema pgboss to paraph_app;
      grant execute on all functions in schema pgboss to paraph_app`),
  )
}
