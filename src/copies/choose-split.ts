import type { ExamRow } from '../exams/store.ts'
import { parsePattern } from '../pdf/code-pattern.ts'
import { AppError } from '../platform/errors.ts'
import type { Split } from './contract.ts'

/** How a scan was asked to become copies. */
export type SplitRequest = {
  readonly pagesPerCopy?: number | undefined
  readonly split?: 'code-first' | 'code-every' | undefined
}

/**
 * How a scan becomes copies, with the code pattern that its pages are read by. Any scan of an exam with a pattern is read
 * by it, since codes also tell which way is up. Throws `split-not-possible`.
 */
export function chooseSplit(
  exam: Pick<ExamRow, 'codePattern'>,
  { split, pagesPerCopy }: SplitRequest,
): { readonly split: Split; readonly codePattern: string | null } {
  const { codePattern } = exam
  if (split === undefined) return { split: pagesPerCopy === undefined ? 'one-copy' : 'fixed', codePattern }
  if (pagesPerCopy !== undefined)
    refuse('two-ways', 'Cut the scan by codes or every so many pages, not by both.')
  const fields = new Set(codePattern === null ? [] : fieldsOf(codePattern))
  if (fields.size === 0) refuse('no-code-pattern', 'The exam has no code pattern yet.')
  const hasAll = fields.has('copy') && (split === 'code-first' || fields.has('page'))
  if (!hasAll) refuse('code-without-fields', 'The code pattern of the exam does not name what this needs.')
  return { split, codePattern }
}

function fieldsOf(codePattern: string): readonly string[] {
  const parts = parsePattern(codePattern)?.parts ?? []
  return parts.flatMap((part) => (part.kind === 'field' ? [part.name] : []))
}

function refuse(reason: string, title: string): never {
  throw new AppError('split-not-possible', { title, problem: { reason } })
}
