import { collectAtScrape } from '../observability/collector.ts'
import { defineCounter, defineGauge } from '../observability/metrics.ts'
import type { EnginePool } from './engine-pool.ts'
import type { EngineFaultCode } from './errors.ts'
import { PAGE_PATHS, PATH_REASONS, type RasterizedPage } from './tasks.ts'

const engineFaults = defineCounter({
  name: 'pdf_engine_faults_total',
  help: 'Engine processes that were killed or lost.',
  exposedBy: 'worker',
  labels: { code: ['out-of-memory', 'engine-fault', 'timeout'] },
})
const recycledEngines = defineCounter({
  name: 'pdf_engines_recycled_total',
  help: 'Engine processes that were replaced because they had done their share of documents.',
  exposedBy: 'worker',
  labels: {},
})
const pages = defineCounter({
  name: 'pdf_pages_total',
  help: 'Pages that were read, by where their pixels came from and why: a scan’s own, or drawn.',
  exposedBy: 'worker',
  labels: { path: PAGE_PATHS, reason: PATH_REASONS },
})
const engines = defineGauge({
  name: 'pdf_engines',
  help: 'Engine processes by what they do.',
  exposedBy: 'worker',
  labels: { state: ['busy', 'idle'] },
})
const waitingDocuments = defineGauge({
  name: 'pdf_engine_waiting_documents',
  help: 'Documents that wait for an engine process.',
  exposedBy: 'worker',
  labels: {},
})

export function countEngineFault(code: EngineFaultCode): void {
  engineFaults.inc({ code })
}

export function countRecycledEngine(): void {
  recycledEngines.inc({})
}

export function countPage({ path, pathReason }: Pick<RasterizedPage, 'path' | 'pathReason'>): void {
  pages.inc({ path, reason: pathReason })
}

/** Shows at every scrape what the pool is doing. Call the result to end it. */
export function watchEnginePool(pool: Pick<EnginePool, 'describe'>): () => void {
  return collectAtScrape({
    name: 'engines',
    gauges: [engines, waitingDocuments],
    read: () => {
      const { running, spare, waiting } = pool.describe()
      return [
        engines.at({ state: 'busy' }, running),
        engines.at({ state: 'idle' }, spare),
        waitingDocuments.at({}, waiting),
      ]
    },
  })
}
