import type { Id } from '../observability/id.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { AppError } from '../platform/errors.ts'
import { newId } from '../platform/ids.ts'
import type { RubricItemInput, RubricItemView } from './contract.ts'
import { toHundredths, toPoints } from './points.ts'

/** One item of a rubric as stored; only leaves carry points, in hundredths. */
export type RubricItem = {
  readonly id: Id
  readonly parentId: Id | null
  readonly position: number
  readonly label: Sensitive<string>
  readonly maxHundredths: number | null
  readonly stepHundredths: number | null
}

const DEFAULT_STEP = 0.5

/**
 * Turns a rubric as sent into the items to store, parents before their parts.
 * Throws `invalid-rubric` when an item has both parts and points or neither, or a maximum off its step.
 */
export function planRubric(items: readonly RubricItemInput[], parentId: Id | null = null): RubricItem[] {
  return items.flatMap((item, position) => {
    const id = newId()
    const parts = item.items
    if ((parts === undefined) === (item.maxPoints === undefined)) {
      throw invalidRubric('An item has either parts or points of its own.')
    }
    const own = { id, parentId, position, label: new Sensitive(item.label) }
    if (parts) {
      return [{ ...own, maxHundredths: null, stepHundredths: null }, ...planRubric(parts, id)]
    }
    const maxHundredths = toHundredths(item.maxPoints ?? 0)
    const stepHundredths = toHundredths(item.step ?? DEFAULT_STEP) ?? 0
    if (maxHundredths === undefined || maxHundredths <= 0 || maxHundredths % stepHundredths !== 0) {
      throw invalidRubric('A maximum is not on its step.')
    }
    return [{ ...own, maxHundredths, stepHundredths }]
  })
}

function invalidRubric(title: string): AppError {
  return new AppError('invalid-rubric', { title })
}

/** The items in reading order with their depth: each question followed by its parts. */
export function orderRubric(items: readonly RubricItem[]): (RubricItem & { depth: number })[] {
  const walk = (parentId: Id | null, depth: number): (RubricItem & { depth: number })[] =>
    items
      .filter((item) => item.parentId === parentId)
      .sort((a, b) => a.position - b.position)
      .flatMap((item) => [{ ...item, depth }, ...walk(item.id, depth + 1)])
  return walk(null, 0)
}

/** The rubric as the API shows it, in points. */
export function viewRubric(items: readonly RubricItem[]): { maxTotal: number; items: RubricItemView[] } {
  const ordered = orderRubric(items)
  return {
    maxTotal: toPoints(ordered.reduce((sum, item) => sum + (item.maxHundredths ?? 0), 0)),
    items: ordered.map((item) => ({
      id: item.id,
      parentId: item.parentId,
      label: reveal(item.label, 'show-to-entitled-user'),
      depth: item.depth,
      maxPoints: item.maxHundredths === null ? null : toPoints(item.maxHundredths),
      step: item.stepHundredths === null ? null : toPoints(item.stepHundredths),
    })),
  }
}
