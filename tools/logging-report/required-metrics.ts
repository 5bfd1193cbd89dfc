/** A metric that the requirements name: operators' dashboards hold these names, labels and values. */
export type RequiredMetric = {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Label values in any order; `open` where the values are what the application declares. */
  readonly labels: Readonly<Record<string, readonly string[] | 'open'>>
}

/** R4: the table. */
export const REQUIRED_METRICS: readonly RequiredMetric[] = [
  {
    name: 'grading_import_duration_seconds',
    type: 'histogram',
    labels: { status: ['success', 'failed'], pages: ['1-10', '11-50', '51-100', '100+'] },
  },
  {
    name: 'grading_finalize_duration_seconds',
    type: 'histogram',
    labels: { status: ['success', 'failed'], retry_attempt: ['1', '2', '3+'] },
  },
  {
    name: 'grading_ocr_errors_total',
    type: 'counter',
    labels: { error_type: ['timeout', 'invalid_pdf', 'empty_result'] },
  },
  {
    name: 'grading_lock_conflicts_total',
    type: 'counter',
    labels: { conflict_type: ['already_locked', 'expired', 'token_mismatch'] },
  },
  {
    name: 'grading_copies_by_status',
    type: 'gauge',
    labels: { status: ['STAGING', 'READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED', 'GRADING_FAILED'] },
  },
  { name: 'http_requests_total', type: 'counter', labels: { method: 'open', path: 'open', status: 'open' } },
  { name: 'http_request_duration_seconds', type: 'histogram', labels: { method: 'open', path: 'open' } },
]

/** R4: what operating needs besides. The names are ours to choose; each must be there under one that fits. */
export const OPERATIONAL_METRICS: Readonly<Record<string, RegExp>> = {
  'CPU of the process': /^process_cpu_/,
  'memory of the process': /^process_resident_memory_/,
  'garbage collection': /^nodejs_gc_/,
  'event loop': /^nodejs_eventloop_/,
  'file descriptors': /^process_open_fds$/,
  'batches by status': /^grading_batches_by_status$/,
  'depth of the job queues': /^grading_queue_depth$/,
  'oldest waiting job by queue': /^grading_queue_oldest_waiting_/,
  'run time of jobs by queue': /^grading_job_run_/,
  'oldest copy by status': /^grading_oldest_copy_age_/,
  'rung of the audit ladder': /^audit_append_total$/,
  'audit events pending': /audit_.*pending/,
  'age of the audit checkpoint': /audit_.*checkpoint/,
  'log lines that were not written': /^log_write_errors_total$/,
  'log fields that were dropped': /^log_fields_dropped_total$/,
  'free disk': /disk_.*(free|available)|(free|available)_.*disk|filesystem_(free|avail)/,
  'connections of the database pool': /^database_pool_/,
  'success of the background collectors': /^paraph_collector_last_success_/,
}
