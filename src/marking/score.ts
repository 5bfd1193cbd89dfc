/**
 * The one scoring function: screen, marked PDF, event, exports and portal all take their totals from here.
 * Pure, and free of imports, so that the web application can use it as it is. Everything is in integer hundredths.
 */
export type ScoredItem = {
  readonly id: string
  /** Null for an item that only groups its parts. */
  readonly maxHundredths: number | null
}

export type CopyScore = {
  readonly totalHundredths: number
  readonly maxHundredths: number
  /** Items that carry points and have no score yet. */
  readonly missing: readonly string[]
}

/** Sums the scores of a copy by its rubric. Scores of items that the rubric does not hold are not counted. */
export function computeScore(
  items: readonly ScoredItem[],
  scores: ReadonlyMap<string, number | null>,
): CopyScore {
  let totalHundredths = 0
  let maxHundredths = 0
  const missing: string[] = []
  for (const item of items) {
    if (item.maxHundredths === null) continue
    maxHundredths += item.maxHundredths
    const score = scores.get(item.id) ?? null
    if (score === null) missing.push(item.id)
    else totalHundredths += score
  }
  return { totalHundredths, maxHundredths, missing }
}

/** Whether a score is one that the item allows: from 0 to its maximum, on its step. */
export function isScoreAllowed(
  hundredths: number,
  item: { readonly maxHundredths: number; readonly stepHundredths: number },
): boolean {
  return hundredths >= 0 && hundredths <= item.maxHundredths && hundredths % item.stepHundredths === 0
}
