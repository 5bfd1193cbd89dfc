import { defineCounter, defineGauge, defineHistogram, type Reading } from '../observability/metrics.ts'
import type { Database } from '../platform/database.ts'
import { countBatchesByStatus } from './batch-store.ts'
import { COPY_STATUSES } from './contract.ts'
import { countUnresolvedPages } from './page-store.ts'
import { countCopiesByStatus } from './store.ts'

const PAGE_BANDS = ['1-10', '11-50', '51-100', '100+'] as const
const BATCH_STATUSES = ['UPLOADED', 'IMPORTING', 'IMPORTED', 'FAILED'] as const

const importDuration = defineHistogram({
  name: 'grading_import_duration_seconds',
  help: 'One import job, from the start of its first attempt to its end, without waiting in the queue.',
  exposedBy: 'worker',
  labels: { status: ['success', 'failed'], pages: PAGE_BANDS },
  buckets: [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300],
})

const ocrErrors = defineCounter({
  name: 'grading_ocr_errors_total',
  help: 'Documents that failed at rasterization or at reading.',
  exposedBy: 'worker',
  labels: { error_type: ['timeout', 'invalid_pdf', 'empty_result'] },
})

const copiesByStatus = defineGauge({
  name: 'grading_copies_by_status',
  help: 'Copies by state.',
  exposedBy: 'sweeper',
  labels: { status: COPY_STATUSES },
})
const oldestCopy = defineGauge({
  name: 'grading_oldest_copy_age_seconds',
  help: 'Time the oldest copy has been in its state.',
  exposedBy: 'sweeper',
  labels: { status: COPY_STATUSES },
})
const batchesByStatus = defineGauge({
  name: 'grading_batches_by_status',
  help: 'Batches of scans by state.',
  exposedBy: 'sweeper',
  labels: { status: BATCH_STATUSES },
})
const unresolvedPages = defineGauge({
  name: 'grading_unresolved_pages',
  help: 'Pages that belong to no copy, and keep their batches from being validated.',
  exposedBy: 'sweeper',
  labels: {},
})

/** Records the end of an import. An unknown number of pages counts as `1-10` (R4). */
export function observeImport(end: { success: boolean; pages: number | undefined; seconds: number }): void {
  importDuration.observe(
    { status: end.success ? 'success' : 'failed', pages: bandOf(end.pages ?? 1) },
    end.seconds,
  )
}

function bandOf(pages: number): (typeof PAGE_BANDS)[number] {
  if (pages <= 10) return '1-10'
  if (pages <= 50) return '11-50'
  return pages <= 100 ? '51-100' : '100+'
}

/** Counts a document that could not be read, by the engine's code; the mapping is fixed in the design. */
export function countUnreadable(code: string): void {
  ocrErrors.inc({ error_type: errorTypeOf(code) })
}

function errorTypeOf(code: string): 'timeout' | 'invalid_pdf' | 'empty_result' {
  if (code === 'timeout') return 'timeout'
  return code === 'no-pages' || code === 'renders-empty' ? 'empty_result' : 'invalid_pdf'
}

export const COPY_GAUGES = [copiesByStatus, oldestCopy, batchesByStatus, unresolvedPages] as const

/** Reads the gauges of copies, batches and pages from the database; every state has its value, also 0. */
export async function readCopyGauges(db: Database): Promise<readonly Reading[]> {
  const copies = await countCopiesByStatus(db)
  const batches = await countBatchesByStatus(db)
  const unresolved = await countUnresolvedPages(db)
  return [
    ...COPY_STATUSES.map((status) => copiesByStatus.at({ status }, copies.get(status)?.copies ?? 0)),
    ...COPY_STATUSES.map((status) => oldestCopy.at({ status }, copies.get(status)?.oldestSeconds ?? 0)),
    ...BATCH_STATUSES.map((status) => batchesByStatus.at({ status }, batches.get(status) ?? 0)),
    unresolvedPages.at({}, unresolved),
  ]
}
