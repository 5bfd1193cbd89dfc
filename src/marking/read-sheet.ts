import { getCopy } from '../copies/read.ts'
import type { CopyRow } from '../copies/store.ts'
import { toPoints } from '../exams/points.ts'
import { orderRubric } from '../exams/rubric.ts'
import { listRubricItems } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import { reveal, type Sensitive } from '../observability/sensitive.ts'
import type { Database } from '../platform/database.ts'
import type { RemarkView, ScoreSheetView } from './contract.ts'
import { listRemarks, type RemarkRow } from './remark-store.ts'
import { listScores } from './score-store.ts'
import { sumScores } from './sum-scores.ts'

/** The scores and remarks of the copy's present version beside its rubric. Throws `not-found`. */
export async function getScoreSheet(deps: { readonly db: Database }, copyId: Id): Promise<ScoreSheetView> {
  return readSheet(deps.db, await getCopy(deps.db, copyId))
}

/** The same of a copy that was read already. */
export async function readSheet(db: Database, copy: CopyRow): Promise<ScoreSheetView> {
  const items = orderRubric(await listRubricItems(db, copy.examId))
  const scores = new Map((await listScores(db, copy.id, copy.version)).map((row) => [row.itemId, row]))
  const remarks = new Map((await listRemarks(db, copy.id, copy.version)).map((row) => [row.itemId, row]))
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
      remark: toRemarkView(remarks.get(item.id)),
    })),
    comment: toRemarkView(remarks.get(null)),
    total: toPoints(reveal(sums.totalHundredths, 'show-to-entitled-user')),
    maxTotal: toPoints(sums.maxHundredths),
    missing: sums.missing.length,
  }
}

function toRemarkView(row: RemarkRow | undefined): RemarkView {
  return { text: shown(row?.text ?? null), version: row?.version ?? 0 }
}

function pointsOrNull(hundredths: number | null): number | null {
  return hundredths === null ? null : toPoints(hundredths)
}

function shown<T>(value: Sensitive<T> | null): T | null {
  return value && reveal(value, 'show-to-entitled-user')
}
