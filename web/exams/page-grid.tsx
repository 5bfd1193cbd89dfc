import { useLayoutEffect, useRef, useState } from 'react'
import type { PageView } from '../../src/copies/contract.ts'
import { PageCard } from './page-card.tsx'
import type { PageDialogKind } from './page-dialog.ts'
import { PageDialog } from './page-dialogs.tsx'
import type { Scene } from './use-review.ts'

type GridProps = {
  label: string
  pages: readonly PageView[]
  scene: Scene
}

/** Pages as thumbnails with what was noticed, and what can be done with each. */
export function PageGrid({ label, pages, scene }: GridProps) {
  const [open, setOpen] = useState<{ page: PageView; kind: PageDialogKind }>()
  const { list, keep } = useKeptFocus(pages)
  const onPage = async (page: PageView, deed: () => Promise<unknown>) => {
    keep(page)
    await deed()
    setOpen(undefined)
  }
  if (pages.length === 0) return null
  return (
    <>
      <ul
        ref={list}
        aria-label={label}
        className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,13rem),1fr))] gap-4"
      >
        {pages.map((page) => (
          <PageCard
            key={page.id}
            page={page}
            scene={scene}
            onPage={(deed) => void onPage(page, deed)}
            onOpen={(kind) => setOpen({ page, kind })}
          />
        ))}
      </ul>
      {open && (
        <PageDialog
          {...open}
          scene={scene}
          onPage={(deed) => onPage(open.page, deed)}
          onClose={() => setOpen(undefined)}
        />
      )}
    </>
  )
}

type Kept = { readonly id: string; readonly at: number; readonly control: string; readonly until: number }

/** The answer, and the pages as they are then, come within this time. */
const KEEP_MS = 5_000

/**
 * Gives the focus back when it is lost after something was done to a page, whose element has moved or gone: to the page
 * where it is still in the list, else to the one that is in its place, else to the way back.
 */
function useKeptFocus(pages: readonly PageView[]) {
  const list = useRef<HTMLUListElement>(null)
  const kept = useRef<Kept>(undefined)
  const keep = (page: PageView) => {
    const control = document.activeElement?.getAttribute('data-control') ?? MENU
    kept.current = { id: page.id, at: pages.indexOf(page), control, until: performance.now() + KEEP_MS }
    const release = () => {
      kept.current = undefined
    }
    for (const deed of ['pointerdown', 'keydown']) window.addEventListener(deed, release, { once: true })
  }
  useLayoutEffect(() => {
    const { current } = kept
    const isLost = document.activeElement === null || document.activeElement === document.body
    if (!current || !isLost || performance.now() > current.until) return
    const cards = [...(list.current?.children ?? [])]
    const own = cards.find((card) => card.getAttribute('data-page') === current.id)
    const card = own ?? cards[Math.min(current.at, cards.length - 1)]
    const control =
      card?.querySelector<HTMLElement>(`[data-control=${current.control}]`) ??
      card?.querySelector<HTMLElement>('[data-control]') ??
      document.querySelector<HTMLElement>('[data-undo]')
    control?.focus({ preventScroll: true })
    control?.closest('[data-page]')?.scrollIntoView({ block: 'nearest' })
  })
  return { list, keep }
}

/** The control of a page that most of what is done to it begins with. */
const MENU = 'menu'
