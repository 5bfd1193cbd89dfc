import { defineCounter, defineGauge, defineHistogram } from '../observability/metrics.ts'
import type { Database } from '../platform/database.ts'
import { countBatchesByStatus } from './batch-store.ts'
import { COPY_STATUSES } from './contract.ts'
import { countCopiesByStatus } from './store.ts'

const PAGE_BANDS = ['1-10', '11-50', '51-100', '100+'] as const

const importDuration = defineHistogram(
  'grading_import_duration_seconds',
  'One import job, from the start of its first attempt to its end, without waiting in the queue.',
  { status: ['success', 'failed'], pages: PAGE_BANDS },
  [0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300],
)

const ocrErrors = defineCounter(
  'grading_ocr_errors_total',
  'Documents that failed at rasterization or at reading.',
  { error_type: ['timeout', 'invalid_pdf', 'empty_result'] },
)

const copiesByStatus = defineGauge('grading_copies_by_status', 'Copies by state.', { status: COPY_STATUSES })
const oldestCopy = defineGauge(
  'grading_oldest_copy_age_seconds',
  'Time the oldest copy has been in its state.',
  {
    status: COPY_STATUSES,
  },
)
const BATCH_STATUSES = ['UPLOADED', 'IMPORTING', 'IMPORTED', 'FAILED'] as const
const batchesByStatus = defineGauge('grading_batches_by_status', 'Batches of scans by state.', {
  status: BATCH_STATUSES,
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

/** Reads the gauges of copies and batches from the database; every state is set, also to 0. */
export async function collectCopyGauges(db: Database): Promise<void> {
  const copies = await countCopiesByStatus(db)
  for (const status of COPY_STATUSES) {
    copiesByStatus.set({ status }, copies.get(status)?.copies ?? 0)
    oldestCopy.set({ status }, copies.get(status)?.oldestSeconds ?? 0)
  }
  const batches = await countBatchesByStatus(db)
  for (const status of BATCH_STATUSES) batchesByStatus.set({ status }, batches.get(status) ?? 0)
}

/** Removes the gauges of this process: it no longer speaks for the database. */
export function clearCopyGauges(): void {
  for (const gauge of [copiesByStatus, oldestCopy, batchesByStatus]) gauge.clear()
}
