import type { AppendEvent } from '../audit/append.ts'
import type { RecordRead } from '../audit/record-read.ts'
import type { Id } from '../observability/id.ts'
import type { EnginePool } from '../pdf/engine-pool.ts'
import type { Blobs } from '../platform/blobs.ts'
import type { Database, Tx } from '../platform/database.ts'
import type { Keys } from '../platform/keys.ts'
import type { Enqueue } from '../queue/enqueue.ts'
import type { PageMove } from './arrangement.ts'

export type UploadSettings = {
  /** Where uploads lie until they are whole. */
  readonly directory: string
  readonly lifetimeMs: number
  /** Room on the disk that no upload may take. */
  readonly reserveBytes: number
}

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
  /** Takes what is marked on pages along with them. Throws `review-not-possible` when a marked page leaves its copy. */
  readonly followPages: (tx: Tx, moves: readonly PageMove[]) => Promise<void>
  readonly recordRead: RecordRead
  readonly uploads: UploadSettings
}

/** What the import job needs besides. */
export type ImportDeps = Omit<
  CopiesDeps,
  'enqueue' | 'findAccount' | 'followPages' | 'recordRead' | 'uploads'
> & {
  readonly pool: EnginePool
  /** Folder for files in the making; emptied at the end of each job. */
  readonly workDirectory: string
}
