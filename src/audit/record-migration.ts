import { type Database, inTransaction } from '../platform/database.ts'
import type { AppendEvent } from './append.ts'
import { takeSystemPosition } from './append-store.ts'
import { readMigrationState } from './migration-store.ts'

/**
 * Records that the schema was brought to `version`, unless that is recorded already: after a crash between the two the
 * next migration makes up for it. The first such event also says how many events are older than their leaves, which
 * from then on can be neither more nor fewer. Event: `MIGRATE` on the stream of the installation.
 */
export async function recordMigration(
  deps: { readonly db: Database; readonly appendEvent: AppendEvent },
  version: number,
): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const stream = await takeSystemPosition(tx)
    const state = await readMigrationState(tx)
    if (state.recordedVersion >= version) throw new AlreadyRecorded()
    const metadata = { to_version: version, earlier_events: state.earlierEvents }
    await deps.appendEvent(tx, { action: 'MIGRATE', stream, actor: { kind: 'system' }, metadata })
  }).catch((error: unknown) => {
    if (!(error instanceof AlreadyRecorded)) throw error
  })
}

/** Gives the place that was taken back. */
class AlreadyRecorded extends Error {}
