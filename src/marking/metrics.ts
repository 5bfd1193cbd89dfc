import { defineCounter, defineHistogram } from '../observability/metrics.ts'

const finalizeDuration = defineHistogram({
  name: 'grading_finalize_duration_seconds',
  help: 'One attempt at finalizing a copy.',
  exposedBy: 'worker',
  labels: { status: ['success', 'failed'], retry_attempt: ['1', '2', '3+'] },
  buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120],
})

const lockConflicts = defineCounter({
  name: 'grading_lock_conflicts_total',
  help: 'Writes and locks refused because of a lease.',
  exposedBy: 'api',
  labels: { conflict_type: ['already_locked', 'expired', 'token_mismatch'] },
})

export type ConflictType = 'already_locked' | 'expired' | 'token_mismatch'

/** Records one attempt; `attempt` counts from 1 within a request to finalize. */
export function observeFinalize(end: { success: boolean; attempt: number; seconds: number }): void {
  const retryAttempt = end.attempt <= 1 ? '1' : end.attempt === 2 ? '2' : '3+'
  finalizeDuration.observe(
    { status: end.success ? 'success' : 'failed', retry_attempt: retryAttempt },
    end.seconds,
  )
}

export function countLockConflict(type: ConflictType): void {
  lockConflicts.inc({ conflict_type: type })
}
