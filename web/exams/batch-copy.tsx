import { ArrowDown01, ChevronRight, Combine, Ellipsis } from 'lucide-react'
import { useState } from 'react'
import type { CopyProblems, PageView } from '../../src/copies/contract.ts'
import { CopyStatusBadge } from '../shared/copy-status.tsx'
import { Problem } from '../shared/problem.tsx'
import { RequestFailed } from '../shared/request-failed.ts'
import { Button } from '../shared/ui/button.tsx'
import { MENU_ITEM, Menu } from '../shared/ui/menu.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import { MergeDialog, SendBackDialog } from './copy-dialogs.tsx'
import { PageGrid } from './page-grid.tsx'
import { reviewWords } from './review-words.ts'
import { pagesOfCopy, type Scene } from './use-review.ts'

type CopyProps = {
  copy: CopyProblems
  scene: Scene
  isPrepared: boolean
  isOpenAtFirst: boolean
  refusal: unknown
  onValidate: () => void
}

/** The element of a copy, to go to. */
export const elementOfCopy = (copyId: string) => `copy-${copyId}`

/** Whether the numbers of its pages keep a copy from being validated. */
export function isIncomplete({ missingNumbers, duplicateNumbers, extraNumbers }: CopyProblems): boolean {
  return missingNumbers.length + duplicateNumbers.length + extraNumbers.length > 0
}

/** A copy of a scan: in a line how it is; opened, what to do about it, and its pages. */
export function BatchCopy({ copy, scene, isPrepared, isOpenAtFirst, refusal, onValidate }: CopyProps) {
  const words = useWords(batchWords)
  const shared = useSharedWords()
  const [isOpen, setOpen] = useState(isOpenAtFirst)
  const problems = copy.status === 'STAGING' ? words.problemsOf(copy) : []
  return (
    <details
      id={elementOfCopy(copy.copyId)}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="scroll-mt-28"
    >
      <summary className="flex min-h-12 cursor-pointer flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 text-sm">
        <ChevronRight
          aria-hidden
          className={`size-4 shrink-0 text-muted motion-safe:transition-transform ${isOpen ? 'rotate-90' : ''}`}
        />
        <span className="font-medium tabular-nums">{words.copy(copy.anonymousId)}</span>
        <span className="text-muted">{shared.pages(copy.pages)}</span>
        <CopyStatusBadge status={copy.status} />
        {problems.length > 0 && <span className="text-warn">{problems.join(' ')}</span>}
        {!isPrepared && <span className="text-muted">{words.preparing}</span>}
      </summary>
      {isOpen && (
        <div className="flex flex-col gap-4 border-line border-t p-4">
          <Deeds copy={copy} scene={scene} onValidate={onValidate} />
          <PageGrid
            label={words.copy(copy.anonymousId)}
            pages={pagesOfCopy(scene.list, copy.copyId)}
            scene={scene}
          />
        </div>
      )}
      {refusal !== undefined && copy.status === 'STAGING' && (
        <div className="p-4 pt-0">
          <Problem error={refusal} />
          {refusal instanceof RequestFailed && (
            <p className="mt-2 text-sm">{words.refusalOf(refusal.facts)}</p>
          )}
        </div>
      )}
    </details>
  )
}

type DeedsProps = Pick<CopyProps, 'copy' | 'scene' | 'onValidate'>

/** What to do about a copy as a whole: advice on what is wrong with it, and its buttons. */
function Deeds({ copy, scene, onValidate }: DeedsProps) {
  const words = useWords(batchWords)
  const more = useWords(reviewWords)
  const [asked, setAsked] = useState<'merge' | 'send-back'>()
  const { list, review } = scene
  const name = words.copy(copy.anonymousId)
  const close = () => setAsked(undefined)
  const whyId = `why-${copy.copyId}`
  if (copy.status !== 'STAGING') {
    return (
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted text-sm">{more.fixed[copy.status]}</p>
        {copy.status === 'READY' && (
          <Button size="small" onClick={() => setAsked('send-back')}>
            {more.sendBack}
          </Button>
        )}
        {asked === 'send-back' && <SendBackDialog copy={copy} review={review} onClose={close} />}
      </div>
    )
  }
  const advice = more.adviceOn(copy)
  const isBlocked = list.unresolved > 0 || isIncomplete(copy)
  const sorted = sortByNumber(pagesOfCopy(list, copy.copyId))
  return (
    <div className="flex flex-wrap items-start justify-between gap-3">
      <div className="flex min-w-0 flex-1 basis-64 flex-col gap-1 text-sm">
        {advice.map((sentence) => (
          <p key={sentence} className="max-w-prose">
            {sentence}
          </p>
        ))}
        {isBlocked && (
          <p id={whyId} className="text-muted">
            {list.unresolved > 0 ? words.blocked : more.blockedHere}
          </p>
        )}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Button
          size="small"
          disabled={isBlocked}
          aria-describedby={isBlocked ? whyId : undefined}
          aria-label={more.validateThis(name)}
          aria-disabled={review.isBusy}
          onClick={onValidate}
        >
          {more.validateOne}
        </Button>
        <Menu
          label={more.more(name)}
          trigger={<Ellipsis aria-hidden className="size-4" />}
          button={{ title: more.more(name) }}
        >
          {copy.isOutOfOrder && sorted && (
            <button
              type="button"
              className={MENU_ITEM}
              onClick={() => void review.reorder(copy, sorted, more.sorted(copy.anonymousId))}
            >
              <ArrowDown01 aria-hidden className="size-4 shrink-0 text-muted" />
              {more.sort}
            </button>
          )}
          <button type="button" className={MENU_ITEM} onClick={() => setAsked('merge')}>
            <Combine aria-hidden className="size-4 shrink-0 text-muted" />
            {more.merge}
          </button>
        </Menu>
      </div>
      {asked === 'merge' && <MergeDialog copy={copy} scene={scene} onClose={close} />}
    </div>
  )
}

/** Pages by the numbers that are printed on them; undefined when not all have one. */
function sortByNumber(pages: readonly PageView[]): readonly PageView[] | undefined {
  if (pages.some(({ sheetNumber }) => sheetNumber === null)) return undefined
  return pages.toSorted((a, b) => (a.sheetNumber ?? 0) - (b.sheetNumber ?? 0))
}
