import { AppError } from '../platform/errors.ts'
import type { CopyStatus } from './contract.ts'

/** The life of a copy, the only place in the code that says which move leads where. The database refuses the others. */
export const TRANSITIONS = {
  validate: { from: 'STAGING', to: 'READY' },
  'send-back': { from: 'READY', to: 'STAGING' },
  lock: { from: 'READY', to: 'LOCKED' },
  unlock: { from: 'LOCKED', to: 'READY' },
  expire: { from: 'LOCKED', to: 'READY' },
  'take-over': { from: 'LOCKED', to: 'LOCKED' },
  'force-release': { from: 'LOCKED', to: 'READY' },
  finalize: { from: 'LOCKED', to: 'GRADING_IN_PROGRESS' },
  succeed: { from: 'GRADING_IN_PROGRESS', to: 'GRADED' },
  fail: { from: 'GRADING_IN_PROGRESS', to: 'GRADING_FAILED' },
  retry: { from: 'GRADING_FAILED', to: 'GRADING_IN_PROGRESS' },
  correct: { from: 'GRADING_FAILED', to: 'READY' },
  reopen: { from: 'GRADED', to: 'READY' },
} as const satisfies Record<string, { from: CopyStatus; to: CopyStatus }>

export type CopyMove = keyof typeof TRANSITIONS

/**
 * The state a move leads to from the present one.
 * Throws `illegal-transition`, or `not-locked` for a move that needs a lock, with the current state.
 */
export function assertTransition(current: CopyStatus, move: CopyMove): CopyStatus {
  const transition = TRANSITIONS[move]
  if (transition.from === current) return transition.to
  const code = transition.from === 'LOCKED' ? 'not-locked' : 'illegal-transition'
  throw new AppError(code, {
    title: code === 'not-locked' ? 'This copy is not locked.' : 'This copy is in another state.',
    logContext: { 'copy.status': current },
    problem: { currentStatus: current },
  })
}
