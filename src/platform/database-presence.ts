import { sql } from 'kysely'
import pg from 'pg'
import { startCollector } from '../observability/collector.ts'
import { DeadlineError, withinMs } from '../observability/deadline.ts'
import { defineGauge } from '../observability/metrics.ts'
import { breakConnections, type Database, openDatabase } from './database.ts'
import { SECOND } from './units.ts'

/** `refused`: nothing listens. `silent`: no answer in time, or a server that starts or stops. */
export type DatabasePresence = 'answers' | 'silent' | 'refused'

/** Whether the database answers within `limitMs`. A refusal with a reason is an answer. Never throws. */
export async function askPresence(db: Database, limitMs: number): Promise<DatabasePresence> {
  try {
    await withinMs(limitMs, sql`select 1`.execute(db))
    return 'answers'
  } catch (error) {
    if (error instanceof DeadlineError) breakConnections(db)
    return presenceAfter(error)
  }
}

function presenceAfter(error: unknown): DatabasePresence {
  // 57P: the server is going down, or coming up.
  if (error instanceof pg.DatabaseError) return error.code?.startsWith('57P') ? 'silent' : 'answers'
  const { code } = error as { code?: unknown }
  return code === 'ECONNREFUSED' || code === 'ENOENT' ? 'refused' : 'silent'
}

const databaseUp = defineGauge({
  name: 'database_up',
  help: 'Whether the database answered this process when it last asked, every two seconds: 1, or 0.',
  exposedBy: 'both',
  labels: {},
})

const ASK_EVERY_MS = 2 * SECOND
const ANSWER_LIMIT_MS = 1.5 * SECOND

/** Asks the database again and again on a connection of its own, so that the metrics tell whether it answers. */
export function watchDatabase(url: string, applicationName: string): { stop(): Promise<void> } {
  const db = openDatabase(url, { applicationName, maxConnections: 1, connectTimeoutMs: ANSWER_LIMIT_MS })
  const collector = startCollector(
    {
      name: 'database-presence',
      gauges: [databaseUp],
      read: async () => {
        const presence = await askPresence(db, ANSWER_LIMIT_MS)
        return [databaseUp.at({}, presence === 'answers' ? 1 : 0)]
      },
    },
    { refreshEveryMs: ASK_EVERY_MS },
  )
  return {
    stop: async () => {
      collector.stop()
      breakConnections(db)
      await db.destroy()
    },
  }
}
