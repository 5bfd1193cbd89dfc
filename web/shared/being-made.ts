import type { CopyView } from '../../src/copies/contract.ts'

/** Whether the marked PDF of a copy is being made, which ends by itself. */
export function isBeingMade({ status }: Pick<CopyView, 'status'>): boolean {
  return status === 'GRADING_IN_PROGRESS'
}
