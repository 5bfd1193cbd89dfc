import { log } from '../observability/log.ts'
import { createReadiness } from '../observability/readiness.ts'
import type { Config } from '../platform/config.ts'
import { findFreePorts, onPort } from '../platform/ports.ts'
import { findWeb } from './build-web.ts'
import { composeApi } from './compose.ts'
import { armFaults } from './faults.ts'
import { type Opened, runProcess } from './lifecycle.ts'
import { startMonitoring } from './monitoring.ts'
import { readinessChecks } from './readiness.ts'
import { openServices } from './services.ts'
import { VERSION } from './version.ts'

/** The API process: serves HTTP until asked to stop. Throws `port-in-use`. */
export function runApi(config: Config): Promise<void> {
  return runProcess(config, 'api', (logPaths) => openApi(config, logPaths))
}

async function openApi(config: Config, logPaths: readonly string[]): Promise<Opened> {
  if (config.faultFile) armFaults(config.faultFile)
  const services = await openServices(config, 'api')
  const port = config.port === 0 ? await findFreePorts(config.host, 1) : config.port
  const origins = originsOf(config, port)
  const app = await composeApi(services, {
    config,
    origins,
    version: VERSION,
    logPaths,
    webDirectory: findWeb(),
  })
  const readiness = createReadiness(readinessChecks(services, config, logPaths))
  const monitoring = await startMonitoring(config, 'api', {
    readiness,
    logPaths,
    databaseUrl: services.databaseUrl,
  })
  const url = await onPort(port, 'PARAPH_PORT', () => app.listen({ host: config.host, port }))
  log.app.info('server.listening', { 'process.role': 'api', 'server.port': port })
  return {
    url,
    metricsUrl: monitoring.metricsUrl,
    close: async () => {
      readiness.shutDown()
      await app.close()
      await services.close()
      await monitoring.close()
    },
  }
}

/** The origins browsers may change state from: the public one, and this host's own. */
function originsOf(config: Config, port: number): readonly string[] {
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const own = [`http://${host}:${port}`, `http://localhost:${port}`]
  return config.origin ? [new URL(config.origin).origin, ...own] : own
}
