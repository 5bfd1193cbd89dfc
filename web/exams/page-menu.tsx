import { ArrowDown, ArrowUp, FilePlus2, Hash, Replace, Scissors } from 'lucide-react'
import type { ReactNode } from 'react'
import type { PageView } from '../../src/copies/contract.ts'
import { MENU_ITEM } from '../shared/ui/menu.tsx'
import { useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import type { PageDialogKind } from './page-dialog.ts'
import { usePageName, usePlaceChange } from './page-place.ts'
import { reviewWords } from './review-words.ts'
import type { Scene } from './use-review.ts'

type MenuProps = {
  page: PageView
  scene: Scene
  onPage: (deed: () => Promise<unknown>) => void
  onOpen: (kind: PageDialogKind) => void
}

/** What is done less often with a page that is in a copy, or waits for its place. */
export function PageMenu({ page, scene, onPage, onOpen }: MenuProps) {
  const words = useWords(reviewWords)
  const { makeCopy, copyMade } = useWords(batchWords)
  const { batch, list, review } = scene
  const name = usePageName(batch.id)(page)
  const change = usePlaceChange(page, scene)
  const copy = list.copies.find(({ copyId }) => copyId === page.copyId)
  const split = async () => {
    if (!copy) return
    await review.split(copy, page, ({ copies }) => {
      const made = copies.find(({ id }) => id !== copy.copyId)
      return words.splitDone(copy.anonymousId, made?.anonymousId ?? '')
    })
  }
  return (
    <>
      {change && !change.isFirst && (
        <Item icon={ArrowUp} onClick={() => onPage(() => change.moveBy(-1))}>
          {words.earlier}
        </Item>
      )}
      {change && !change.isLast && (
        <Item icon={ArrowDown} onClick={() => onPage(() => change.moveBy(1))}>
          {words.later}
        </Item>
      )}
      {change && !change.isFirst && (
        <Item icon={Scissors} onClick={() => onPage(split)}>
          {words.split}
        </Item>
      )}
      {page.place === 'unresolved' && page.hasImage && (
        <Item icon={FilePlus2} onClick={() => onPage(() => review.makeCopy(page, copyMade(name)))}>
          {makeCopy}
        </Item>
      )}
      <Item icon={Hash} onClick={() => onOpen('number')}>
        {words.number}
      </Item>
      {copy && (
        <Item icon={Replace} onClick={() => onOpen('replace')}>
          {words.replace}
        </Item>
      )}
    </>
  )
}

type ItemProps = { icon: typeof Hash; onClick: () => void; children: ReactNode }

function Item({ icon: Icon, onClick, children }: ItemProps) {
  return (
    <button type="button" className={MENU_ITEM} onClick={onClick}>
      <Icon aria-hidden className="size-4 shrink-0 text-muted" />
      {children}
    </button>
  )
}
