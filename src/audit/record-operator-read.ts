import { runInContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { type Database, inTransaction } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import type { MetadataOf } from './actions.ts'
import type { AppendEvent } from './append.ts'
import { takeSystemPosition } from './append-store.ts'

export type OperatorDeps = {
  /** As the application's login. */
  readonly db: Database
  readonly appendEvent: AppendEvent
  readonly operatorRef: Id
}

/**
 * Notes what is read of the log at the command line, before it is handed out. Who works there has no account: the event,
 * `READ`, is on the stream of the installation.
 */
export function recordOperatorRead(deps: OperatorDeps): (read: MetadataOf<'READ'>) => Promise<void> {
  const actor = { kind: 'operator', ref: deps.operatorRef } as const
  return (metadata) =>
    runInContext({ requestId: newId(), actor }, () =>
      inTransaction(deps.db, async (tx) => {
        const stream = await takeSystemPosition(tx)
        await deps.appendEvent(tx, { action: 'READ', stream, metadata })
      }),
    )
}
