import { AUDIT_GAUGES, readAuditGauges } from '../audit/metrics.ts'
import { CHECKPOINT_GAUGES, readCheckpointGauges } from '../audit/publish-metrics.ts'
import { COPY_GAUGES, readCopyGauges } from '../copies/metrics.ts'
import { type Collector, startCollector } from '../observability/collector.ts'
import { publishReadings, type Reading } from '../observability/metrics.ts'
import { readStuckGauges, STUCK_GAUGES } from '../operations/metrics.ts'
import { breakConnections, type Database, openDatabase } from '../platform/database.ts'
import { SECOND } from '../platform/units.ts'
import { QUEUE_GAUGES, readQueueGauges } from '../queue/metrics.ts'

const DATABASE_GAUGES = [
  ...COPY_GAUGES,
  ...QUEUE_GAUGES,
  ...AUDIT_GAUGES,
  ...CHECKPOINT_GAUGES,
  ...STUCK_GAUGES,
]

async function readGauges(db: Database): Promise<readonly Reading[]> {
  return [
    ...(await readCopyGauges(db)),
    ...(await readQueueGauges(db)),
    ...(await readAuditGauges(db)),
    ...(await readCheckpointGauges(db)),
    ...(await readStuckGauges(db)),
  ]
}

/** Reads every gauge that comes from the database, once. Throws what the database throws. */
export async function publishGauges(db: Database): Promise<void> {
  publishReadings(DATABASE_GAUGES, await readGauges(db))
}

/**
 * Shows the gauges of the database while this process speaks for it. They have a connection of their own, which
 * neither waits for the application's nor keeps one from it; one that goes silent is broken off and replaced.
 */
export function openGauges(url: string, applicationName: string) {
  const db = openDatabase(url, {
    applicationName,
    maxConnections: 1,
    connectTimeoutMs: 2 * SECOND,
    statementTimeoutMs: 2 * SECOND,
  })
  const source = { name: 'database', gauges: DATABASE_GAUGES, read: () => readGauges(db) } as const
  let collector: Collector | undefined
  function show(isLeader: boolean): void {
    collector?.stop()
    collector = isLeader ? startCollector(source, { abandon: () => breakConnections(db) }) : undefined
  }
  return {
    show,
    close: async (): Promise<void> => {
      show(false)
      breakConnections(db)
      await db.destroy()
    },
  }
}
