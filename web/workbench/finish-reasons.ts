import type { DeskState } from './desk-state.ts'

type Question = { readonly itemId: string; readonly label: string }

export type Reasons = {
  /** Questions in whose field something stands that is no score. */
  readonly misfits: readonly Question[]
  /** Questions without a score. */
  readonly unscored: readonly Question[]
  /** Pages that were not looked at. */
  readonly unseen: readonly number[]
  /** Why what was done cannot reach the server now. */
  readonly unsaved: 'offline' | 'failed' | undefined
}

/** Why a copy cannot be finished yet. */
export function reasonsAgainst(copy: {
  readonly questions: readonly Question[]
  readonly requireAllScores: boolean
  readonly pages: number
  readonly state: Pick<DeskState, 'misfits' | 'sheet' | 'seen' | 'saving' | 'pending'>
}): Reasons {
  const { questions, requireAllScores, pages, state } = copy
  const misfits = questions.filter(({ itemId }) => state.misfits.has(itemId))
  const unscored = questions.filter(
    (one) => !misfits.includes(one) && state.sheet.scores.get(one.itemId)?.points == null,
  )
  const all = Array.from({ length: pages }, (_, index) => index + 1)
  return {
    misfits,
    unscored: requireAllScores ? unscored : [],
    unseen: all.filter((page) => !state.seen.has(page)),
    unsaved: whyUnsaved(state),
  }
}

/** A device that keeps nothing has failed to, and yet the server may have it all. */
function whyUnsaved({ saving, pending }: Pick<DeskState, 'saving' | 'pending'>): Reasons['unsaved'] {
  if (saving === 'offline') return 'offline'
  return saving === 'failed' && pending.length > 0 ? 'failed' : undefined
}

export function isFree({ misfits, unscored, unseen, unsaved }: Reasons): boolean {
  return misfits.length + unscored.length + unseen.length === 0 && unsaved === undefined
}
