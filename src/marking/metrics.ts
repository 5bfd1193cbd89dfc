import { defineCounter, defineHistogram } from '../observability/metrics.ts'

const finalizeDuration = defineHistogram(
  'grading_finalize_duration_seconds',
  'One attempt at finalizing a copy.',
  { status: ['success', 'failed'], retry_attempt: ['1', '2', '3+'] },
  [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120],
)

const lockConflicts = defineCounter(
  'grading_lock_conflicts_total',
  'Writes and locks refused because of a lease.',
  {
    conflict_type: ['already_locked', 'expired', 'token_mismatch'],
  },
)

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
