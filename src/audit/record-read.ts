import type { Id } from '../observability/id.ts'
import { type Database, inTransaction, type Tx } from '../platform/database.ts'
import type { Session } from '../platform/http-route.ts'
import type { MetadataOf } from './actions.ts'
import type { AppendEvent, StreamPosition } from './append.ts'

/** What is needed to write on the streams of accounts, which belong to a room that is not seen from here. */
export type AccountStreams = {
  readonly db: Database
  readonly appendEvent: AppendEvent
  /** Locks the account's row and takes the next place of its stream. */
  readonly takeAccountPosition: (tx: Tx, accountId: Id) => Promise<StreamPosition>
}

/** Notes that a session has read the log; to be called after the reading and before its answer leaves. */
export type RecordRead = (session: Session, read: MetadataOf<'READ'>) => Promise<void>

/** Reading is itself an event, `READ`, on the stream of the reader and never on the one that was read. */
export function createRecordRead(deps: AccountStreams): RecordRead {
  return ({ accountId }, metadata) =>
    inTransaction(deps.db, async (tx) => {
      const stream = await deps.takeAccountPosition(tx, accountId)
      await deps.appendEvent(tx, { action: 'READ', stream, metadata })
    })
}
