import { type PageMove, refuse } from '../copies/arrangement.ts'
import type { Tx } from '../platform/database.ts'
import { moveAnnotations } from './annotation-store.ts'

/**
 * Takes annotations along with the pages that they lie on, which a copy that was sent back may have moved or turned.
 * Throws `review-not-possible` when an annotated page leaves its copy: what was said about one pupil is not said about another.
 */
export async function followPages(tx: Tx, moves: readonly PageMove[]): Promise<void> {
  const homeless = await moveAnnotations(tx, moves)
  if (homeless > 0) refuse('page-annotated')
}
