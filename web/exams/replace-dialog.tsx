import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { PageView } from '../../src/copies/contract.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { Select } from '../shared/ui/select.tsx'
import { useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import { examPageWords } from './exam-words.ts'
import type { PageDialogProps } from './page-dialog.ts'
import { PagePicture } from './page-picture.tsx'
import { usePageName } from './page-place.ts'
import { batchesQuery, pagesQuery } from './queries.ts'
import { reviewWords } from './review-words.ts'

/** Puts a page of a rescan, or of this scan, in the place of a page of a copy. */
export function ReplaceDialog({ page, scene: { batch, review }, onPage, onClose }: PageDialogProps) {
  const words = useWords(reviewWords)
  const { cancel } = useWords(batchWords)
  const { erasedScan } = useWords(examPageWords)
  const batches = (useQuery(batchesQuery(batch.examId)).data ?? []).filter(
    ({ id, status, fileName }) => status === 'IMPORTED' && (id === batch.id || fileName !== null),
  )
  const [chosenScan, setChosenScan] = useState<string>()
  // The newest is most likely the rescan.
  const scanId = chosenScan ?? batches[0]?.id ?? batch.id
  const pages = useQuery(pagesQuery(scanId, 'all'))
  const [by, setBy] = useState<PageView>()
  const nameOf = usePageName(batch.id)
  const name = nameOf(page)
  const replace = async () => {
    if (by) await onPage(() => review.replace(page, by, words.replaced(name)))
  }
  return (
    <Dialog
      isOpen
      title={words.replaceTitle(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button look="primary" disabled={by === undefined || review.isBusy} onClick={() => void replace()}>
            {words.replaceNow}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">{words.replaceText}</p>
        <Select
          label={words.fromScan}
          value={scanId}
          onChange={(event) => {
            setChosenScan(event.target.value)
            setBy(undefined)
          }}
        >
          {batches.map(({ id, fileName }) => (
            <option key={id} value={id}>
              {id === batch.id ? words.thisScan : (fileName ?? erasedScan)}
            </option>
          ))}
        </Select>
        <Loaded query={pages}>
          {(list) => (
            <Candidates
              pages={list.pages.filter((other) => canReplace(other, page))}
              chosen={by}
              nameOf={nameOf}
              onChoose={setBy}
            />
          )}
        </Loaded>
      </div>
    </Dialog>
  )
}

function canReplace(other: PageView, page: PageView): boolean {
  return other.hasImage && other.place !== 'discarded' && other.copyId !== page.copyId
}

type CandidatesProps = {
  pages: readonly PageView[]
  chosen: PageView | undefined
  nameOf: (page: PageView) => string
  onChoose: (page: PageView) => void
}

function Candidates({ pages, chosen, nameOf, onChoose }: CandidatesProps) {
  const words = useWords(reviewWords)
  if (pages.length === 0) return <p className="text-sm">{words.noOtherPage}</p>
  return (
    <fieldset>
      <legend className="mb-2 font-medium text-sm">{words.fromPage}</legend>
      <div className="grid max-h-96 grid-cols-[repeat(auto-fill,minmax(7rem,1fr))] gap-2 overflow-y-auto p-1">
        {pages.map((page) => (
          <label
            key={page.id}
            className="relative flex cursor-pointer flex-col gap-1 rounded-md border border-line p-2 text-sm has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent forced-colors:has-checked:border-[Highlight]"
          >
            <PagePicture page={page} size="thumbnail" alt="" />
            <span className="flex items-start gap-2">
              <input
                type="radio"
                name="replacement"
                checked={chosen?.id === page.id}
                onChange={() => onChoose(page)}
                className="mt-0.5 size-4 shrink-0 accent-(--accent)"
              />
              {nameOf(page)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
