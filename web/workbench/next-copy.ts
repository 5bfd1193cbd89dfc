import type { CopyView } from '../../src/copies/contract.ts'

/** Whether a copy waits to be marked. */
function isWaiting({ status }: CopyView): boolean {
  return status === 'READY' || status === 'LOCKED'
}

export function isMarked({ status }: CopyView): boolean {
  return status === 'GRADED' || status === 'GRADING_IN_PROGRESS'
}

/** The copies beside one that wait as well, those of the same exam before the others; around the ends of the list. */
export function besides(copies: readonly CopyView[], copyId: string, by: 1 | -1): CopyView | undefined {
  const current = copies.find(({ id }) => id === copyId)
  const isOfExam = ({ examId }: CopyView) => examId === current?.examId
  const circle = copies.filter((copy) => copy.id === copyId || isWaiting(copy))
  const ordered = [...circle.filter(isOfExam), ...circle.filter((copy) => !isOfExam(copy))]
  const at = ordered.findIndex(({ id }) => id === copyId)
  const next = ordered[(at + by + ordered.length) % ordered.length]
  return next?.id === copyId ? undefined : next
}
