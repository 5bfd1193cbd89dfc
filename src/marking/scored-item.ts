import { holdRubric, listRubricItems } from '../exams/store.ts'
import type { Id } from '../observability/id.ts'
import type { Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'

/** An item that carries points itself, in hundredths. */
export type ScoredRubricItem = { readonly maxHundredths: number; readonly stepHundredths: number }

/**
 * The item of an exam's rubric that is scored or remarked upon; the rubric stays as it is until this transaction ends.
 * Throws `unknown-item`.
 */
export async function holdScoredItem(tx: Tx, examId: Id, itemId: Id): Promise<ScoredRubricItem> {
  await holdRubric(tx, examId)
  const item = (await listRubricItems(tx, examId)).find(({ id }) => id === itemId)
  if (!item || item.maxHundredths === null || item.stepHundredths === null) {
    throw new AppError('unknown-item', {
      title: 'The rubric has no such item, or it carries no points itself.',
    })
  }
  const { maxHundredths, stepHundredths } = item
  return { maxHundredths, stepHundredths }
}
