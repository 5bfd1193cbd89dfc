import type { BatchView, CopyView } from '../../src/copies/contract.ts'
import type { ExamView } from '../../src/exams/contract.ts'
import { isRunning } from './queries.ts'

/** What an exam waits for now; of several things the one that the others wait for. */
export type NextStep =
  | { readonly kind: 'upload' | 'reading' | 'add-marker' | 'release' }
  | { readonly kind: 'check'; readonly batchId: string; readonly copies: number; readonly pages: number }
  | { readonly kind: 'share-out' | 'failed'; readonly copies: number }
  | { readonly kind: 'marking'; readonly done: number; readonly all: number }

type Batch = Pick<BatchView, 'status' | 'unresolvedPages'> & { readonly id: string }
type Copy = Pick<CopyView, 'status' | 'pages' | 'erasedAt'> & {
  readonly batchId: string
  readonly assignedMarkerId: string | null
}
type Known = {
  readonly exam: Pick<ExamView, 'release'> & { readonly markers: readonly unknown[] }
  readonly batches: readonly Batch[]
  readonly copies: readonly Copy[]
}

/** Undefined once the results are released: nothing more is asked of anybody. */
export function nextStepOf({ exam, batches, copies: all }: Known): NextStep | undefined {
  const copies = all.filter(({ pages, erasedAt }) => pages > 0 && erasedAt === null)
  const count = (status: CopyView['status']) => copies.filter((copy) => copy.status === status).length
  if (batches.length === 0) return { kind: 'upload' }
  // What was given up, or is still read, has nothing to be placed.
  const check = batches
    .filter(({ status }) => status === 'IMPORTED')
    .map(({ id, unresolvedPages: pages }) => {
      const staging = copies.filter(({ batchId, status }) => batchId === id && status === 'STAGING')
      return { kind: 'check', batchId: id, copies: staging.length, pages } as const
    })
    .find((batch) => batch.copies > 0 || batch.pages > 0)
  if (check) return check
  if (batches.some(isRunning)) return { kind: 'reading' }
  if (copies.length === 0) return { kind: 'upload' }
  const waiting = copies.filter((copy) => copy.status === 'READY' && copy.assignedMarkerId === null).length
  if (waiting > 0 && exam.markers.length === 0) return { kind: 'add-marker' }
  if (waiting > 0) return { kind: 'share-out', copies: waiting }
  if (count('GRADING_FAILED') > 0) return { kind: 'failed', copies: count('GRADING_FAILED') }
  if (count('GRADED') < copies.length) return { kind: 'marking', done: count('GRADED'), all: copies.length }
  return exam.release.releasedAt === null ? { kind: 'release' } : undefined
}
