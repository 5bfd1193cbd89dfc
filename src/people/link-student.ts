import type { AppendEvent } from '../audit/append.ts'
import { changeCopy, takeCopy } from '../copies/change.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { Sensitive } from '../observability/sensitive.ts'
import { afterCommit, type Database, inTransaction } from '../platform/database.ts'
import { peopleError } from './errors.ts'
import { findAccount } from './store.ts'
import { deleteStudentOf, findStudent, insertStudent } from './student-store.ts'

type Deps = { readonly db: Database; readonly appendEvent: AppendEvent }

/**
 * Says whose copy it is; saying it again changes nothing. Another student has to be unlinked before.
 * Throws `not-a-student`, `not-found`, `copy-erased`, `copy-has-student`, `student-has-copy`. Event: `LINK_STUDENT`.
 */
export async function linkStudent(deps: Deps, command: { copyId: Id; accountId: Id }): Promise<void> {
  const { copyId, accountId } = command
  const account = await findAccount(deps.db, accountId)
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    if (account?.role !== 'student') throw peopleError('not-a-student')
    const present = await findStudent(tx, copyId)
    if (present?.accountId === accountId) return
    if (present) throw peopleError('copy-has-student')
    if (!(await insertStudent(tx, { copyId, examId: copy.examId, accountId }))) {
      throw peopleError('student-has-copy')
    }
    const metadata = { student_ref: new Sensitive(account.actorRef) }
    await changeCopy(deps, tx, copy, {}, [{ action: 'LINK_STUDENT', metadata }])
    afterCommit(tx, () => log.grading.info('copy.student-linked', { 'copy.id': copyId }))
  })
}

/**
 * Takes back whose copy it is; of a copy that is nobody's nothing changes.
 * Throws `not-found`, `copy-erased`. Event: `UNLINK_STUDENT`.
 */
export async function unlinkStudent(deps: Deps, copyId: Id): Promise<void> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    const present = await findStudent(tx, copyId)
    if (!present) return
    await deleteStudentOf(tx, copyId)
    const metadata = { student_ref: new Sensitive(present.actorRef) }
    await changeCopy(deps, tx, copy, {}, [{ action: 'UNLINK_STUDENT', metadata }])
    afterCommit(tx, () => log.grading.info('copy.student-unlinked', { 'copy.id': copyId }))
  })
}
