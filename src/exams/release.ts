import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { afterCommit, inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { ExamView } from './contract.ts'
import { appendExamEvent, assertExam, type ExamsDeps, getExam } from './exams.ts'
import { findExamForUpdate, setReleased } from './store.ts'

/**
 * Lets students read their graded copies of an exam, or no longer. Where it is so already, whatever the version that was
 * seen, nothing changes: whoever lost the answer may ask again.
 * Throws `not-found`, `version-conflict` (with the current version). Events: `RELEASE`, `WITHDRAW`.
 */
export async function changeRelease(
  deps: ExamsDeps,
  command: { examId: Id; isReleased: boolean; version: number },
): Promise<ExamView> {
  const { examId, isReleased } = command
  await inTransaction(deps.db, async (tx) => {
    const exam = assertExam(await findExamForUpdate(tx, examId))
    if ((exam.releasedAt !== null) === isReleased) return
    if (exam.releaseVersion !== command.version) {
      throw new AppError('version-conflict', {
        title: 'Somebody released or withdrew the exam meanwhile.',
        problem: { currentVersion: exam.releaseVersion },
      })
    }
    await setReleased(tx, examId, isReleased)
    const version = exam.releaseVersion + 1
    await appendExamEvent(deps, tx, exam, isReleased ? 'RELEASE' : 'WITHDRAW', { version })
    afterCommit(tx, () => tell(examId, isReleased))
  })
  return getExam(deps, examId)
}

function tell(examId: Id, isReleased: boolean): void {
  if (isReleased) log.grading.info('exam.released', { 'exam.id': examId })
  else log.grading.info('exam.withdrawn', { 'exam.id': examId })
}
