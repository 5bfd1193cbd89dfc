import { dirname } from 'node:path'
import { exposeMetrics } from '../observability/metrics.ts'
import { startMetricsServer } from '../observability/metrics-server.ts'
import { startProcessMetrics } from '../observability/process-metrics.ts'
import type { Readiness } from '../observability/readiness.ts'
import type { Config } from '../platform/config.ts'
import { watchDisks } from '../platform/disk.ts'
import { onPort } from '../platform/ports.ts'

export type Monitoring = { readonly metricsUrl: string; close(): Promise<void> }

/** Shows what a process of this role knows of itself, on the port that is its own. Throws `port-in-use`. */
export async function startMonitoring(
  config: Config,
  role: 'api' | 'worker',
  options: { readiness: Readiness; logPaths: readonly string[] },
): Promise<Monitoring> {
  const { metricsHost: host, metricsToken: token } = config
  // The worker takes the next one.
  const port = config.metricsPort === 0 || role === 'api' ? config.metricsPort : config.metricsPort + 1
  const server = await onPort(port, 'PARAPH_METRICS_PORT', () =>
    startMetricsServer({ host, port, token, readiness: options.readiness }),
  )
  exposeMetrics(role)
  startProcessMetrics()
  const [logPath] = options.logPaths
  const disks = watchDisks({ data: config.dataDirectory, ...(logPath && { logs: dirname(logPath) }) })
  return {
    metricsUrl: `http://${host}:${server.port}/metrics`,
    close: async () => {
      disks.stop()
      await server.close()
    },
  }
}
