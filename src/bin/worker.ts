import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { startIntegrator } from '../audit/integrator.ts'
import { loadOwnLog } from '../audit/log-key.ts'
import { startPublisher } from '../audit/publisher.ts'
import { createRenderer } from '../marking/render.ts'
import { log } from '../observability/log.ts'
import { createReadiness } from '../observability/readiness.ts'
import { createEnginePool } from '../pdf/engine-pool.ts'
import { countEngineFault, countRecycledEngine, watchEnginePool } from '../pdf/metrics.ts'
import type { Config } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import { startWorker } from '../queue/run.ts'
import { startSweeper } from '../queue/sweep.ts'
import { composeHandlers } from './compose.ts'
import { armFaults } from './faults.ts'
import { openGauges } from './gauges.ts'
import { type Opened, runProcess, STOP_DEADLINE_MS } from './lifecycle.ts'
import { startMonitoring } from './monitoring.ts'
import { pollingCheck, readinessChecks } from './readiness.ts'
import { openServices } from './services.ts'
import { composeSweep } from './sweeping.ts'

/** Time for interrupted jobs to be given back. */
const SETTLE_DEADLINE_MS = 3 * SECOND

/** The worker process: runs jobs and, if it is the one that sweeps, the periodic tasks and the database's gauges. */
export function runWorker(config: Config): Promise<void> {
  return runProcess(config, 'worker', (logPaths) => openWorker(config, logPaths))
}

async function openWorker(config: Config, logPaths: readonly string[]): Promise<Opened> {
  if (config.faultFile) armFaults(config.faultFile)
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
    onRecycle: countRecycledEngine,
  })
  watchEnginePool(pool)
  const { workDirectory, uploadsDirectory } = config
  const renderMarkedPdf = createRenderer({ pool, blobs: services.blobs, workDirectory })
  const url = services.databaseUrl
  const applicationName = 'paraph-worker'
  const handlers = composeHandlers(services, { pool, renderMarkedPdf, workDirectory, concurrency })
  const worker = startWorker({ boss: services.boss, url, applicationName, handlers })

  const integratorUrl = integratorUrlOf(config)
  const publisher = startPublisher({
    url: integratorUrl,
    applicationName,
    log: loadOwnLog(config.keysDirectory, config.logOrigin),
    keysDirectory: config.keysDirectory,
    tlogDirectory: config.tlogDirectory,
    witnesses: config.witnesses,
  })
  const integrator = startIntegrator({
    url: integratorUrl,
    applicationName,
    keys: services.keys,
    // Witnesses that take their time must not keep the tree from growing.
    onTree: () => void publisher.publishNow(),
  })
  const gauges = openGauges(url, applicationName)
  const tasks = composeSweep(services, { renderMarkedPdf, workDirectory, uploadsDirectory })
  const sweeper = startSweeper({ url, applicationName, tasks, onLeader: gauges.show })
  const checks = [...readinessChecks(services, config, logPaths), pollingCheck(worker)]
  const readiness = createReadiness(checks, () => ({
    sweeper: sweeper.isLeader() ? 'leading' : 'standing-by',
    integrator: integrator.isLeader() ? 'leading' : 'standing-by',
    lastPollAgeSeconds: Math.round(worker.lastPollAgeSeconds() * 10) / 10,
  }))
  const monitoring = await startMonitoring(config, 'worker', {
    readiness,
    logPaths,
    databaseUrl: services.databaseUrl,
  })
  return {
    metricsUrl: monitoring.metricsUrl,
    close: async () => {
      readiness.shutDown()
      await worker.stop(STOP_DEADLINE_MS)
      await sweeper.stop()
      // What still runs is interrupted, and given back undecided before the connections close.
      await pool.close()
      await worker.stop(SETTLE_DEADLINE_MS)
      // Last of what writes: the events of the end are in the tree.
      await integrator.stop()
      await publisher.stop()
      await gauges.close()
      await services.close()
      await monitoring.close()
    },
  }
}

function integratorUrlOf(config: Config): string {
  if (config.integratorUrl) return config.integratorUrl
  throw new AppError('invalid-settings', {
    title: 'Set DATABASE_INTEGRATOR_URL, the login that orders the audit log; README shows how to make it.',
  })
}
