import { ArchiveRestore, Ellipsis, FileInput, RotateCw, Trash2, ZoomIn } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import type { CopyProblems, PageView } from '../../src/copies/contract.ts'
import { useSentence } from '../shared/problem.tsx'
import { RequestFailed } from '../shared/request-failed.ts'
import { Badge } from '../shared/ui/badge.tsx'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { Menu } from '../shared/ui/menu.tsx'
import { useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import type { PageDialogKind } from './page-dialog.ts'
import { PageMenu } from './page-menu.tsx'
import { PagePicture } from './page-picture.tsx'
import { usePageName, usePlaceChange } from './page-place.ts'
import { reviewWords } from './review-words.ts'
import type { Scene } from './use-review.ts'

const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }

type CardProps = {
  page: PageView
  scene: Scene
  onPage: (deed: () => Promise<unknown>) => void
  onOpen: (kind: PageDialogKind) => void
}

/** A page: its picture, where it is, what was noticed, and what can be done with it. */
export function PageCard({ page, scene, onPage, onOpen }: CardProps) {
  const words = useWords(batchWords)
  const { more, codeIs, numberIs } = useWords(reviewWords)
  const sentenceOf = useSentence()
  const { batch, list, review } = scene
  const copy = list.copies.find(({ copyId }) => copyId === page.copyId)
  // Of an erased scan no PDF can be made anew.
  const canChange = copy ? copy.status === 'STAGING' && batch.fileName !== null : page.copyId === null
  const name = usePageName(batch.id)(page)
  const change = usePlaceChange(page, scene)
  const onKey = (event: KeyboardEvent) => {
    const step = STEPS[event.key]
    if (!event.altKey || !step || !canChange || !change) return
    // With the left arrow the browser would go back.
    event.preventDefault()
    onPage(() => change.moveBy(step))
  }
  return (
    <li
      data-page={page.id}
      onKeyDown={onKey}
      className="flex scroll-mt-28 scroll-mb-4 flex-col gap-2 rounded-lg border border-line bg-surface p-3"
    >
      <button
        type="button"
        data-control="look"
        disabled={!page.hasImage}
        aria-label={words.enlarge(name)}
        onClick={() => onOpen('look')}
        className="group relative cursor-zoom-in overflow-hidden rounded-md border border-line bg-sunken disabled:cursor-default"
      >
        {page.hasImage ? (
          <PagePicture page={page} size="thumbnail" alt="" />
        ) : (
          <span className="flex aspect-[210/297] items-center justify-center p-4 text-muted text-sm">
            {words.noImage}
          </span>
        )}
        <ZoomIn aria-hidden className="absolute end-1 bottom-1 size-5 rounded bg-surface p-0.5 text-muted" />
      </button>
      <p className="flex flex-wrap justify-between gap-x-2 text-sm">
        <span className="font-medium">{name}</span>
        <span className="text-muted">{placeOf(page, copy, words)}</span>
        {(page.copyCode !== null || page.sheetNumber !== null) && (
          <span className="basis-full break-all text-muted">
            {[
              page.copyCode !== null && codeIs(page.copyCode),
              page.sheetNumber !== null && numberIs(page.sheetNumber),
            ]
              .filter(Boolean)
              .join(', ')}
          </span>
        )}
      </p>
      <Notes page={page} />
      {page.errorCode && (
        <p className="text-sm">{sentenceOf(new RequestFailed({ code: page.errorCode, status: 422 }))}</p>
      )}
      {canChange && (
        <div className="mt-auto flex flex-wrap gap-1">
          {page.place === 'discarded' ? (
            <IconButton
              control="restore"
              label={words.restoreOf(name)}
              icon={ArchiveRestore}
              isBusy={review.isBusy}
              onClick={() => onPage(() => review.restore(page, words.restored(name)))}
            />
          ) : (
            <>
              {page.hasImage && (
                <>
                  <IconButton
                    control="rotate"
                    label={words.rotateOf(name)}
                    icon={RotateCw}
                    isBusy={review.isBusy}
                    onClick={() => onPage(() => review.rotate(page, 90, words.rotated(name)))}
                  />
                  <IconButton
                    control="move"
                    label={words.moveOf(name)}
                    icon={FileInput}
                    isBusy={review.isBusy}
                    onClick={() => onOpen('move')}
                  />
                </>
              )}
              <IconButton
                control="discard"
                label={words.discardOf(name)}
                icon={Trash2}
                isBusy={review.isBusy}
                onClick={() => onOpen('discard')}
              />
              <Menu
                label={more(name)}
                trigger={<Ellipsis aria-hidden className="size-4" />}
                button={{
                  'data-control': 'menu',
                  title: more(name),
                  className: `${buttonClass('quiet', 'icon')} p-0`,
                }}
              >
                <PageMenu page={page} scene={scene} onPage={onPage} onOpen={onOpen} />
              </Menu>
            </>
          )}
        </div>
      )}
    </li>
  )
}

type Words = (typeof batchWords)['fr']

function placeOf(page: PageView, copy: CopyProblems | undefined, words: Words): string {
  if (page.place === 'unresolved') return words.unresolved
  if (page.place === 'discarded') return words.reasons[page.discardReason ?? 'other']
  return copy ? words.inCopy(copy.anonymousId, page.pageNumber ?? 0) : words.inOtherCopy
}

const WORTH_A_LOOK = 0.5

/** Flags in words; what is uncertain says so. */
function Notes({ page }: { page: PageView }) {
  const words = useWords(batchWords)
  const flags = page.flags.filter(({ confidence }) => confidence >= WORTH_A_LOOK)
  if (flags.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-1">
      {flags.map(({ kind }) => (
        <li key={kind}>
          <Badge tone="warn">{words.flags[kind]}</Badge>
        </li>
      ))}
    </ul>
  )
}

type IconButtonProps = {
  control: string
  label: string
  icon: typeof Trash2
  isBusy: boolean
  onClick: () => void
}

/** Not disabled while something is done: it would lose the focus. */
function IconButton({ control, label, icon: Icon, isBusy, onClick }: IconButtonProps) {
  return (
    <Button
      look="quiet"
      size="icon"
      data-control={control}
      aria-label={label}
      title={label}
      aria-disabled={isBusy}
      onClick={() => !isBusy && onClick()}
    >
      <Icon aria-hidden className="size-4" />
    </Button>
  )
}
