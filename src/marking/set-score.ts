import { changeCopy, takeCopy } from '../copies/change.ts'
import { getCopy } from '../copies/read.ts'
import type { CopyRow } from '../copies/store.ts'
import { toHundredths, toPoints } from '../exams/points.ts'
import { orderRubric, type RubricItem } from '../exams/rubric.ts'
import { holdRubric, listRubricItems } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import { log } from '../observability/log.ts'
import { conceal, reveal, type Sensitive } from '../observability/sensitive.ts'
import { type Database, inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Session } from '../platform/http-route.ts'
import type { ScoreSheetView } from './contract.ts'
import type { MarkingDeps } from './deps.ts'
import { assertHoldsLock } from './lock.ts'
import { isScoreAllowed } from './score.ts'
import { listScores, putScore } from './score-store.ts'
import { sumScores } from './sum-scores.ts'

/** The scores of the copy's present version beside its rubric. Throws `not-found`. */
export async function getScoreSheet(deps: { readonly db: Database }, copyId: Id): Promise<ScoreSheetView> {
  return readSheet(deps.db, await getCopy(deps.db, copyId))
}

async function readSheet(db: Database, copy: CopyRow): Promise<ScoreSheetView> {
  const items = orderRubric(await listRubricItems(db, copy.examId))
  const scores = new Map((await listScores(db, copy.id, copy.version)).map((row) => [row.itemId, row]))
  const sums = sumScores(items, new Map([...scores].map(([id, row]) => [id, row.pointsHundredths])))
  return {
    items: items.map((item) => ({
      itemId: item.id,
      label: reveal(item.label, 'show-to-entitled-user'),
      depth: item.depth,
      maxPoints: pointsOrNull(item.maxHundredths),
      step: pointsOrNull(item.stepHundredths),
      points: pointsOrNull(shown(scores.get(item.id)?.pointsHundredths ?? null)),
      version: scores.get(item.id)?.version ?? 0,
    })),
    total: toPoints(reveal(sums.totalHundredths, 'show-to-entitled-user')),
    maxTotal: toPoints(sums.maxHundredths),
    missing: sums.missing.length,
  }
}

function pointsOrNull(hundredths: number | null): number | null {
  return hundredths === null ? null : toPoints(hundredths)
}

function shown(score: Sensitive<number> | null): number | null {
  return score && reveal(score, 'show-to-entitled-user')
}

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
    await holdRubric(tx, copy.examId)
    const items = await listRubricItems(tx, copy.examId)
    const pointsHundredths = conceal(assertScore(items, itemId, command.points))
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
function assertScore(items: readonly RubricItem[], itemId: Id, points: number | null): number | null {
  const item = items.find((candidate) => candidate.id === itemId)
  if (!item || item.maxHundredths === null || item.stepHundredths === null) {
    throw new AppError('unknown-item', {
      title: 'The rubric has no such item, or it carries no points itself.',
    })
  }
  if (points === null) return null
  const { maxHundredths, stepHundredths } = item
  const hundredths = toHundredths(points)
  if (hundredths === undefined || !isScoreAllowed(hundredths, { maxHundredths, stepHundredths })) {
    throw new AppError('invalid-score', {
      title: 'This score is not between 0 and the maximum, or not on the step.',
      problem: { maxPoints: toPoints(maxHundredths), step: toPoints(stepHundredths) },
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
