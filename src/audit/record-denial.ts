import { type Clock, systemClock } from '../platform/clock.ts'
import { inTransaction } from '../platform/database.ts'
import type { Session } from '../platform/http-route.ts'
import { MINUTE } from '../platform/units.ts'
import type { MetadataOf } from './actions.ts'
import type { AccountStreams } from './record-read.ts'

/** Notes that a session was refused. */
export type RecordDenial = (session: Session, denial: MetadataOf<'DENY'>) => Promise<void>

/**
 * A refusal is an event, `DENY`, on the stream of who was refused. One for each account and route within a minute is
 * enough: a program that tries again and again cannot fill the log. What could not be written is tried with the next.
 */
export function createRecordDenial(deps: AccountStreams, clock: Clock = systemClock): RecordDenial {
  const recorded = new Set<string>()
  let minute = 0

  function isNew(key: string): boolean {
    const present = Math.floor(clock.now().getTime() / MINUTE)
    if (present !== minute) recorded.clear()
    minute = present
    if (recorded.has(key)) return false
    recorded.add(key)
    return true
  }

  return async ({ accountId }, metadata) => {
    const key = `${accountId} ${metadata.method} ${metadata.route}`
    if (!isNew(key)) return
    try {
      await inTransaction(deps.db, async (tx) => {
        const stream = await deps.takeAccountPosition(tx, accountId)
        await deps.appendEvent(tx, { action: 'DENY', stream, metadata })
      })
    } catch (error) {
      recorded.delete(key)
      throw error
    }
  }
}
