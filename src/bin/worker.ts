import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createRenderer } from '../marking/render.ts'
import { log } from '../observability/log.ts'
import { type Collector, startCollector, startProcessMetrics } from '../observability/metrics.ts'
import { startMetricsServer } from '../observability/metrics-server.ts'
import { createEnginePool } from '../pdf/engine-pool.ts'
import { countEngineFault } from '../pdf/metrics.ts'
import type { Config } from '../platform/config.ts'
import { openDatabase } from '../platform/database.ts'
import { SECOND } from '../platform/units.ts'
import { startWorker } from '../queue/run.ts'
import { startSweeper } from '../queue/sweep.ts'
import { composeHandlers } from './compose.ts'
import { armFaults } from './faults.ts'
import { clearGauges, collectGauges } from './gauges.ts'
import { reportReady, STOP_DEADLINE_MS, startLogging, stopGracefully } from './lifecycle.ts'
import { openServices } from './services.ts'
import { composeSweep } from './sweeping.ts'
import { VERSION } from './version.ts'

/** Time for interrupted jobs to be given back. */
const SETTLE_DEADLINE_MS = 3 * SECOND

/** The worker process: runs jobs and, if it is the one that sweeps, the periodic tasks and the database's gauges. */
export async function runWorker(config: Config): Promise<void> {
  startLogging(config, 'worker')
  startProcessMetrics()
  if (config.faultFile) armFaults(config.faultFile)
  log.app.info('process.started', { 'process.role': 'worker', 'service.version': VERSION })
  const services = await openServices(config, 'worker')
  const concurrency = Math.max(1, availableParallelism() - 1)
  const pool = createEnginePool({
    workDirectory: join(config.workDirectory, 'engine'),
    size: concurrency,
    pageTimeoutMs: config.pageTimeoutMs,
    documentTimeoutMs: config.documentTimeoutMs,
    onFault: (code) => {
      countEngineFault(code)
      log.jobs.warning('engine.fault', { 'error.code': code })
    },
  })
  const { workDirectory } = config
  const renderMarkedPdf = createRenderer({ pool, blobs: services.blobs, workDirectory })
  const url = services.databaseUrl
  const applicationName = 'paraph-worker'
  const handlers = composeHandlers(services, { pool, renderMarkedPdf, workDirectory, concurrency })
  const worker = startWorker({ boss: services.boss, url, applicationName, handlers })

  // A connection of their own: the gauges neither wait for the application's nor keep one from it.
  const gaugesDb = openDatabase(url, { applicationName, maxConnections: 1, statementTimeoutMs: 2 * SECOND })
  let collector: Collector | undefined
  const sweeper = startSweeper({
    url,
    applicationName,
    tasks: composeSweep(services, { renderMarkedPdf, workDirectory }),
    onLeader: (isLeader) => {
      collector?.stop()
      collector = isLeader
        ? startCollector({ name: 'database', collect: () => collectGauges(gaugesDb), clear: clearGauges })
        : undefined
      if (!isLeader) clearGauges()
    },
  })
  const metrics = await startMetricsServer({
    host: config.metricsHost,
    port: config.metricsPort === 0 ? 0 : config.metricsPort + 1,
    token: config.metricsToken,
  })
  stopGracefully({ role: 'worker', isSupervised: config.isSupervised }, async () => {
    collector?.stop()
    await worker.stop(STOP_DEADLINE_MS)
    await sweeper.stop()
    // What still runs is interrupted, and given back undecided before the connections close.
    await pool.close()
    await worker.stop(SETTLE_DEADLINE_MS)
    await gaugesDb.destroy()
    await services.close()
    await metrics.close()
  })
  reportReady({ metricsUrl: `http://${config.metricsHost}:${metrics.port}/metrics` })
}
