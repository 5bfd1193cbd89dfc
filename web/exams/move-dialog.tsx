import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { CopyView } from '../../src/copies/contract.ts'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { Select } from '../shared/ui/select.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import type { PageDialogProps } from './page-dialog.ts'
import { usePageName } from './page-place.ts'
import { copiesQuery, copyPagesQuery } from './queries.ts'
import { reviewWords } from './review-words.ts'

/** The copies of an exam whose pages may change, those of this scan first. */
export function useOpenCopies({ id, examId }: { id: string; examId: string }): readonly CopyView[] {
  const copies = useQuery(copiesQuery(examId)).data ?? []
  const isOpen = ({ status, pages, erasedAt }: CopyView) =>
    status === 'STAGING' && pages > 0 && erasedAt === null
  const open = copies.filter(isOpen)
  return [...open.filter(({ batchId }) => batchId === id), ...open.filter(({ batchId }) => batchId !== id)]
}

/** A copy to choose, with its pages, and whether it is of another scan. */
export function CopyOption({ copy, batchId }: { copy: CopyView; batchId: string }) {
  const words = useWords(batchWords)
  const { ofOtherScan } = useWords(reviewWords)
  const { pages } = useSharedWords()
  const parts = [
    words.copy(copy.anonymousId),
    pages(copy.pages),
    ...(copy.batchId === batchId ? [] : [ofOtherScan]),
  ]
  return <option value={copy.id}>{parts.join(' – ')}</option>
}

const AT_THE_END = ''

/** Puts a page into a copy, or elsewhere in its own: what dragging would do. */
export function MoveDialog({ page, scene: { batch, review }, onPage, onClose }: PageDialogProps) {
  const words = useWords(batchWords)
  const [copyId, setCopyId] = useState(page.copyId ?? '')
  const [before, setBefore] = useState(AT_THE_END)
  const name = usePageName(batch.id)(page)
  const open = useOpenCopies(batch)
  const target = useQuery({ ...copyPagesQuery(batch.id, copyId), enabled: copyId !== '' })
  const pages = (target.data ?? []).filter(({ id }) => id !== page.id)
  const move = () => {
    const body = { copyId, beforePageId: before === AT_THE_END ? null : before }
    return onPage(() => review.move(page, body, words.moved(name)))
  }
  return (
    <Dialog
      isOpen
      title={words.moveTitle(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          {page.place === 'unresolved' && (
            <Button
              disabled={review.isBusy}
              onClick={() => void onPage(() => review.makeCopy(page, words.copyMade(name)))}
            >
              {words.makeCopy}
            </Button>
          )}
          <Button
            look="primary"
            disabled={copyId === '' || target.isPending || review.isBusy}
            onClick={() => void move()}
          >
            {words.move}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Select
          label={words.toCopy}
          value={copyId}
          onChange={(event) => {
            setCopyId(event.target.value)
            setBefore(AT_THE_END)
          }}
        >
          <option value="">{words.choose}</option>
          {open.map((copy) => (
            <CopyOption key={copy.id} copy={copy} batchId={batch.id} />
          ))}
        </Select>
        <Select label={words.toPlace} value={before} onChange={(event) => setBefore(event.target.value)}>
          {pages.map(({ id, pageNumber }) => (
            <option key={id} value={id}>
              {words.beforePage(pageNumber ?? 0)}
            </option>
          ))}
          <option value={AT_THE_END}>{words.atTheEnd}</option>
        </Select>
      </div>
    </Dialog>
  )
}
