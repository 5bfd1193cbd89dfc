import { changeCopy, takeCopy } from '../copies/change.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { Sensitive } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import type { RemarkView, ScoreSheetView } from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { assertHoldsLock } from './lock.ts'
import { readSheet } from './read-sheet.ts'
import { putRemark } from './remark-store.ts'
import { holdScoredItem } from './scored-item.ts'

/**
 * Says something of an item of the rubric, or of the whole copy (`itemId` null); an empty text takes it back.
 * Throws as `assertHoldsLock`, `unknown-item`, `version-conflict` (with what is there). Event: `REMARK`, without the text.
 */
export async function setRemark(
  deps: Pick<MarkingDeps, 'db' | 'appendEvent' | 'lockSeconds'>,
  session: Session,
  command: {
    copyId: Id
    itemId: Id | null
    lockToken: Sensitive<string> | undefined
    version: number
    text: string
  },
): Promise<ScoreSheetView> {
  const { itemId, version } = command
  return inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    await assertHoldsLock(deps, tx, copy, session, command.lockToken)
    if (itemId !== null) await holdScoredItem(tx, copy.examId, itemId)
    const text = command.text === '' ? null : new Sensitive(command.text)
    if (!(await putRemark(tx, { copyId: copy.id, copyVersion: copy.version, itemId, text, version }))) {
      throw versionConflict(copy.id, remarkOn(await readSheet(tx, copy), itemId))
    }
    const metadata = {
      ...(itemId === null ? {} : { item_ref: itemId }),
      version: version + 1,
      removed: text === null,
    }
    await changeCopy(deps, tx, copy, {}, [{ action: 'REMARK', metadata }])
    return readSheet(tx, copy)
  })
}

function remarkOn(sheet: ScoreSheetView, itemId: Id | null): RemarkView | undefined {
  return itemId === null ? sheet.comment : sheet.items.find((item) => item.itemId === itemId)?.remark
}

function versionConflict(copyId: Id, present: RemarkView | undefined): AppError {
  log.grading.warning('version.conflict', { 'copy.id': copyId })
  return new AppError('version-conflict', {
    title: 'This remark was changed meanwhile.',
    problem: { currentVersion: present?.version ?? 0, current: present },
  })
}
