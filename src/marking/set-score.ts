import { changeCopy, takeCopy } from '../copies/change.ts'
import { toHundredths, toPoints } from '../exams/points.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal, type Sensitive } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import type { ScoreSheetView } from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { assertHoldsLock } from './lock.ts'
import { readSheet } from './read-sheet.ts'
import { isScoreAllowed } from './score.ts'
import { putScore } from './score-store.ts'
import { holdScoredItem, type ScoredRubricItem } from './scored-item.ts'

/**
 * Gives an item its score, or takes it back with `null`.
 * Throws as `assertHoldsLock`, `unknown-item`, `invalid-score`, `version-conflict` (with what is there). Event: `SCORE`.
 */
export async function setScore(
  deps: Pick<MarkingDeps, 'db' | 'appendEvent' | 'lockSeconds'>,
  session: Session,
  command: {
    copyId: Id
    itemId: Id
    lockToken: Sensitive<string> | undefined
    version: number
    points: number | null
  },
): Promise<ScoreSheetView> {
  const { itemId } = command
  return inTransaction(deps.db, async (tx) => {
    const copy = await takeCopy(tx, command.copyId)
    await assertHoldsLock(deps, tx, copy, session, command.lockToken)
    const item = await holdScoredItem(tx, copy.examId, itemId)
    const pointsHundredths = conceal(assertScore(item, command.points))
    const score = { copyId: copy.id, copyVersion: copy.version, itemId, pointsHundredths }
    if (!(await putScore(tx, { ...score, version: command.version }))) {
      const { items: present } = await readSheet(tx, copy)
      throw versionConflict(
        copy.id,
        present.find((item) => item.itemId === itemId),
      )
    }
    const metadata = { item_ref: itemId, version: command.version + 1, points: pointsHundredths }
    await changeCopy(deps, tx, copy, {}, [{ action: 'SCORE', metadata }])
    return readSheet(tx, copy)
  })
}

/** The score in hundredths, checked against its item. */
function assertScore(item: ScoredRubricItem, points: number | null): number | null {
  if (points === null) return null
  const hundredths = toHundredths(points)
  if (hundredths === undefined || !isScoreAllowed(hundredths, item)) {
    throw new AppError('invalid-score', {
      title: 'This score is not between 0 and the maximum, or not on the step.',
      problem: { maxPoints: toPoints(item.maxHundredths), step: toPoints(item.stepHundredths) },
    })
  }
  return hundredths
}

function versionConflict(copyId: Id, present: ScoreSheetView['items'][number] | undefined): AppError {
  log.grading.warning('version.conflict', { 'copy.id': copyId })
  return new AppError('version-conflict', {
    title: 'This score was changed meanwhile.',
    problem: { currentVersion: present?.version ?? 0, current: present },
  })
}
