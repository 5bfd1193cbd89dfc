import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { findBatch } from './batch-store.ts'
import { changeCopy, takeCopy } from './change.ts'
import type { CopyView } from './contract.ts'
import type { CopiesDeps } from './deps.ts'
import { getCopyView } from './read.ts'
import { assertTransition } from './status.ts'

type Deps = Pick<CopiesDeps, 'db' | 'appendEvent'>

/**
 * STAGING → READY: the copy is complete and may be marked. Event: `VALIDATE`.
 * Throws `illegal-transition`, or `copy-not-complete` while the import runs, has failed, or its batch has unresolved pages.
 */
export async function validateCopy(deps: Deps, copyId: Id): Promise<CopyView> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, copyId)
    const status = assertTransition(copy.status, 'validate')
    const batch = await findBatch(tx, copy.batchId)
    const unresolvedPages = batch?.unresolvedPages ?? 0
    if (batch?.status !== 'IMPORTED' || copy.pages === 0 || unresolvedPages > 0) {
      throw new AppError('copy-not-complete', {
        title: 'This copy is not complete yet.',
        problem: { batchStatus: batch?.status, unresolvedPages, currentStatus: copy.status },
      })
    }
    await changeCopy(deps, tx, copy, { status }, [{ action: 'VALIDATE', metadata: { pages: copy.pages } }])
  })
  log.grading.info('copy.validated', { 'copy.id': copyId })
  return getCopyView(deps, copyId)
}

/** READY → STAGING: something is wrong with the scan. Event: `SEND_BACK`. Throws `illegal-transition`. */
export async function sendBackCopy(
  deps: Deps,
  command: { copyId: Id; reason: string; note?: string | undefined },
): Promise<CopyView> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    const status = assertTransition(copy.status, 'send-back')
    const metadata = { reason_code: command.reason, note: conceal(command.note) }
    await changeCopy(deps, tx, copy, { status }, [{ action: 'SEND_BACK', metadata }])
  })
  log.grading.info('copy.sent-back', { 'copy.id': command.copyId })
  return getCopyView(deps, command.copyId)
}
