import { log } from '../observability/log.ts'
import { startProcessMetrics } from '../observability/metrics.ts'
import { startMetricsServer } from '../observability/metrics-server.ts'
import type { Config } from '../platform/config.ts'
import { findFreePorts } from '../platform/ports.ts'
import { composeApi } from './compose.ts'
import { armFaults } from './faults.ts'
import { reportReady, startLogging, stopGracefully } from './lifecycle.ts'
import { openServices } from './services.ts'
import { VERSION } from './version.ts'

/** The API process: serves HTTP until asked to stop. */
export async function runApi(config: Config): Promise<void> {
  startLogging(config, 'api')
  startProcessMetrics()
  if (config.faultFile) armFaults(config.faultFile)
  log.app.info('process.started', { 'process.role': 'api', 'service.version': VERSION })
  const services = await openServices(config, 'api')
  const port = config.port === 0 ? await findFreePorts(config.host, 1) : config.port
  const app = await composeApi(services, { config, origins: originsOf(config, port), version: VERSION })
  const metrics = await startMetricsServer({
    host: config.metricsHost,
    port: config.metricsPort,
    token: config.metricsToken,
  })
  const url = await app.listen({ host: config.host, port })
  log.app.info('server.listening', { 'process.role': 'api', 'server.port': port })
  stopGracefully({ role: 'api', isSupervised: config.isSupervised }, async () => {
    await app.close()
    await services.close()
    await metrics.close()
  })
  reportReady({ url, metricsUrl: `http://${config.metricsHost}:${metrics.port}/metrics` })
}

/** The origins browsers may change state from: the public one, and this host's own. */
function originsOf(config: Config, port: number): readonly string[] {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const own = [`http://${host}:${port}`, `http://localhost:${port}`]
  return config.origin ? [new URL(config.origin).origin, ...own] : own
}
