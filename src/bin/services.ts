import { type AppendEvent, createAppendEvent } from '../audit/append.ts'
import { type Blobs, openDiskBlobs } from '../platform/blobs.ts'
import type { Config } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { type Keys, loadKeys } from '../platform/keys.ts'
import { type Boss, openBoss } from '../queue/boss.ts'
import { createEnqueue, type Enqueue } from '../queue/enqueue.ts'

/** What every process of the application opens: plain values that `compose` hands to the rooms. */
export type Services = {
  readonly databaseUrl: string
  readonly db: Database
  readonly blobs: Blobs
  readonly keys: Keys
  readonly boss: Boss
  readonly appendEvent: AppendEvent
  readonly enqueue: Enqueue
  close(): Promise<void>
}

/** Opens the database, the blobs, the keys and the queue for one process. Throws `invalid-settings` without a database. */
export async function openServices(config: Config, role: 'api' | 'worker'): Promise<Services> {
  const { databaseUrl } = config
  if (!databaseUrl) {
    throw new AppError('invalid-settings', {
      title: 'Set DATABASE_URL, or use "paraph start", which brings its own database.',
    })
  }
  const applicationName = `paraph-${role}`
  const keys = loadKeys(config.keysDirectory)
  const blobs = openDiskBlobs(config.blobsDirectory)
  const db = openDatabase(databaseUrl, { applicationName, isMeasured: true })
  const boss = await openBoss(databaseUrl, { applicationName, supervise: role === 'worker' })
  return {
    databaseUrl,
    db,
    blobs,
    keys,
    boss,
    appendEvent: createAppendEvent({ keys }),
    enqueue: createEnqueue({ boss, retrySeconds: config.retrySeconds }),
    close: async () => {
      await boss.stop({ graceful: false })
      await db.destroy()
    },
  }
}
