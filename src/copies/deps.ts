import type { AppendEvent } from '../audit/append.ts'
import type { RecordRead } from '../audit/record-read.ts'
import type { Id } from '../observability/id.ts'
import type { EnginePool } from '../pdf/engine-pool.ts'
import type { Blobs } from '../platform/blobs.ts'
import type { Database } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import type { Enqueue } from '../queue/enqueue.ts'

/** What the use cases of this room are given by `bin`. */
export type CopiesDeps = {
  readonly db: Database
  readonly blobs: Blobs
  readonly keys: Keys
  readonly appendEvent: AppendEvent
  readonly enqueue: Enqueue
  /** Event reference and role of an account; asked of the people room by `bin`. */
  readonly findAccount: (
    accountId: Id,
  ) => Promise<{ readonly role: string; readonly actorRef: Id } | undefined>
  readonly recordRead: RecordRead
}

/** What the import job needs besides. */
export type ImportDeps = Omit<CopiesDeps, 'enqueue' | 'findAccount' | 'recordRead'> & {
  readonly pool: EnginePool
  /** Folder for files in the making; emptied at the end of each job. */
  readonly workDirectory: string
}
