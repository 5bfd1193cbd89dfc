import type { z } from 'zod'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal } from '../observability/sensitive.ts'
import { parsePattern, readCode } from '../pdf/code-pattern.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { codePatternView } from './contract.ts'
import { appendExamEvent, type ExamsDeps, getExamRow } from './exams.ts'
import { setCodePattern } from './store.ts'

/**
 * Says how the sheets of an exam are coded, tried on the code of a real sheet: the answer shows what was read of it, and
 * its name of the exam is the one that codes must have from then on. Scans that were uploaded before keep what they had.
 * Throws `not-found`, `invalid-code-pattern` with the reason. Event: `SET_CODE_PATTERN`.
 */
export async function changeCodePattern(
  deps: Pick<ExamsDeps, 'db' | 'appendEvent'>,
  command: { examId: Id; pattern: string | null; sample: string },
): Promise<z.input<typeof codePatternView>> {
  const { pattern, sample } = command
  const code = pattern === null ? undefined : readSample(pattern, sample)
  const fields =
    pattern === null ? [] : ['exam', 'copy', 'page'].filter((field) => pattern.includes(`{${field}}`))
  await inTransaction(deps.db, async (tx) => {
    const exam = await getExamRow(tx, command.examId)
    await setCodePattern(tx, exam.id, { pattern, exam: conceal(code?.exam ?? null) })
    await appendExamEvent(deps, tx, exam, 'SET_CODE_PATTERN', { fields })
  })
  log.grading.info('exam.code-pattern-set', { 'exam.id': command.examId })
  return { pattern, exam: code?.exam ?? null, copy: code?.copy ?? null, page: code?.page ?? null }
}

function readSample(pattern: string, sample: string) {
  const parsed = parsePattern(pattern)
  if (!parsed) refuse('not-a-pattern', 'This is not a code pattern.')
  const code = readCode(parsed, sample)
  if (!code) refuse('sample-does-not-follow', 'The sample does not follow the pattern.')
  return code
}

function refuse(reason: 'not-a-pattern' | 'sample-does-not-follow', title: string): never {
  throw new AppError('invalid-code-pattern', { title, problem: { reason } })
}
