import { dirname } from 'node:path'
import { exposeMetrics } from '../observability/metrics.ts'
import { startMetricsServer } from '../observability/metrics-server.ts'
import { startProcessMetrics } from '../observability/process-metrics.ts'
import type { Readiness } from '../observability/readiness.ts'
import type { Config } from '../platform/config.ts'
import { watchDatabase } from '../platform/database-presence.ts'
import { watchDisks } from '../platform/disk.ts'
import { onPort } from '../platform/ports.ts'
import type { ProcessRole } from './start-logging.ts'

export type Monitoring = { readonly metricsUrl: string; close(): Promise<void> }

/** Which port from PARAPH_METRICS_PORT on is whose. */
const PORT_OFFSETS: Readonly<Record<ProcessRole, number>> = { api: 0, worker: 1, witness: 2 }

/** Shows what a process of this role knows of itself, on the port that is its own. Throws `port-in-use`. */
export async function startMonitoring(
  config: Config,
  role: ProcessRole,
  options: {
    readiness: Readiness
    logPaths: readonly string[]
    dataDirectory?: string
    /** Absent for a process that has no database. */
    databaseUrl?: string
  },
): Promise<Monitoring> {
  const { metricsHost: host, metricsToken: token } = config
  const port = config.metricsPort === 0 ? 0 : config.metricsPort + PORT_OFFSETS[role]
  const server = await onPort(port, 'PARAPH_METRICS_PORT', () =>
    startMetricsServer({ host, port, token, readiness: options.readiness }),
  )
  exposeMetrics(role)
  startProcessMetrics()
  const [logPath] = options.logPaths
  const { dataDirectory: data = config.dataDirectory } = options
  const disks = watchDisks({ data, ...(logPath && { logs: dirname(logPath) }) })
  const database = options.databaseUrl && watchDatabase(options.databaseUrl, `paraph-${role}`)
  return {
    metricsUrl: `http://${host}:${server.port}/metrics`,
    close: async () => {
      disks.stop()
      if (database) await database.stop()
      await server.close()
    },
  }
}
