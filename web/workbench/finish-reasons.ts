export type Reasons = {
  /** Labels of the questions without a score. */
  readonly unscored: readonly string[]
  /** Pages that were not looked at. */
  readonly unseen: readonly number[]
}

/** Why a copy cannot be finished yet. */
export function reasonsAgainst(state: {
  readonly items: readonly { readonly itemId: string; readonly label: string }[]
  readonly scored: (itemId: string) => boolean
  readonly requireAllScores: boolean
  readonly pages: number
  readonly seen: ReadonlySet<number>
}): Reasons {
  const unscored = state.requireAllScores
    ? state.items.filter(({ itemId }) => !state.scored(itemId)).map(({ label }) => label)
    : []
  const all = Array.from({ length: state.pages }, (_, index) => index + 1)
  return { unscored, unseen: all.filter((page) => !state.seen.has(page)) }
}
