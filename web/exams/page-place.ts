import type { PageView } from '../../src/copies/contract.ts'
import { announce } from '../shared/announce.tsx'
import { useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import { reviewWords } from './review-words.ts'
import { pagesOfCopy, type Scene } from './use-review.ts'

/** How a page is called: by its place in its scan. */
export function usePageName(batchId: string): (page: PageView) => string {
  const { scanPage } = useWords(batchWords)
  const { otherScanPage } = useWords(reviewWords)
  return (page) => (page.batchId === batchId ? scanPage(page.scanNumber) : otherScanPage(page.scanNumber))
}

/** Moves a page of a copy by one place, or says why not. Undefined for a page that is in none. */
export function usePlaceChange(page: PageView, { batch, list, review }: Scene) {
  const words = useWords(reviewWords)
  const name = usePageName(batch.id)(page)
  const copy = list.copies.find(({ copyId }) => copyId === page.copyId)
  if (copy?.status !== 'STAGING') return undefined
  const pages = pagesOfCopy(list, copy.copyId)
  const at = pages.findIndex(({ id }) => id === page.id)
  return {
    isFirst: at === 0,
    isLast: at === pages.length - 1,
    moveBy: async (step: 1 | -1): Promise<void> => {
      const to = at + step
      const other = pages[to]
      if (!other) return announce(step < 0 ? words.isFirst : words.isLast)
      await review.reorder(
        copy,
        pages.with(at, other).with(to, page),
        words.placed(name, to + 1, pages.length),
      )
    },
  }
}
