import { changeCopy, takeCopy } from '../copies/change.ts'
import { assertTransition } from '../copies/status.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { duplicateAnnotations } from './annotation-store.ts'
import type { FinalizationView } from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { getFinalization } from './finalize.ts'
import { duplicateRemarks } from './remark-store.ts'
import { duplicateScores } from './score-store.ts'

/**
 * GRADED → READY as a new version: annotations, scores and remarks carry over as rows of their own, the graded version's
 * result stays. Throws `illegal-transition`. Event: `REOPEN` with the version it came from.
 */
export async function reopenCopy(
  deps: Pick<MarkingDeps, 'db' | 'appendEvent'>,
  command: { copyId: Id; reason: string; note?: string | undefined },
): Promise<FinalizationView> {
  await inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    const status = assertTransition(copy.status, 'reopen')
    await duplicateAnnotations(tx, copy.id, copy.version)
    await duplicateScores(tx, copy.id, copy.version)
    await duplicateRemarks(tx, copy.id, copy.version)
    const metadata = { from_version: copy.version, reason_code: command.reason, note: conceal(command.note) }
    await changeCopy(deps, tx, copy, { status, version: copy.version + 1 }, [{ action: 'REOPEN', metadata }])
  })
  log.grading.info('copy.reopened', { 'copy.id': command.copyId })
  return getFinalization(deps, command.copyId)
}
