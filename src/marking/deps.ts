import type { AppendEvent } from '../audit/append.ts'
import type { Blobs } from '../platform/blobs.ts'
import type { Database } from '../platform/database.ts'
import type { Enqueue } from '../queue/enqueue.ts'
import type { RenderMarkedPdf } from './render.ts'

/** What the use cases of this room are given by `bin`. */
export type MarkingDeps = {
  readonly db: Database
  readonly blobs: Blobs
  readonly appendEvent: AppendEvent
  readonly enqueue: Enqueue
  /** Length of a lease, in seconds of the database's clock. */
  readonly lockSeconds: number
}

/** What the finalization job needs. */
export type FinalizeDeps = Pick<MarkingDeps, 'db' | 'appendEvent'> & {
  readonly renderMarkedPdf: RenderMarkedPdf
}
