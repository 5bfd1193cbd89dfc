import { createReadiness, type ReadinessCheck } from '../observability/readiness.ts'
import { healthView } from '../operations/contract.ts'
import { openLogFiles } from '../operations/log-files.ts'
import { notApplicable } from '../operations/repairs/repair-kind.ts'
import type { OperationsDeps } from '../operations/routes.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { openProbes } from './open-probes.ts'
import type { Services } from './services.ts'

/** What the operators' routes need. Repairs that take another login than the application's are for the command line. */
export function composeOperations(
  services: Services,
  config: Config,
  checks: readonly ReadinessCheck[],
): OperationsDeps {
  const { db, appendEvent, enqueue } = services
  const readiness = createReadiness(checks)
  const withSources: OperationsDeps['withSources'] = async (minutes, work) => {
    const probes = openProbes({ ...config, databaseUrl: services.databaseUrl }, minutes)
    try {
      return await work(probes.sources)
    } finally {
      await probes.close()
    }
  }
  async function askWorker(): Promise<unknown> {
    const probes = openProbes(config, 1)
    return JSON.parse(await probes.fetchText('worker', '/readyz'))
  }
  return {
    db,
    now: systemClock.now,
    withSources,
    askHealth: async () => {
      // One that does not answer is what is told.
      const worker = await askWorker().catch(() => null)
      return healthView.parse({ api: await readiness.ask(), worker })
    },
    openLogs: async () => (config.logTo === 'files' ? openLogFiles(config.logsDirectory) : []),
    repairs: {
      db,
      appendEvent,
      enqueue,
      databaseOf: (login) => {
        if (login === 'paraph_app') return db
        throw notApplicable(
          'This repair takes a login that this process does not have: run it with "paraph repair".',
        )
      },
      drainSpool: async () => {
        throw notApplicable('The spool is emptied by the worker, or with "paraph repair".')
      },
    },
  }
}
