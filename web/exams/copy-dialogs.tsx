import { useState } from 'react'
import type { CopyProblems } from '../../src/copies/contract.ts'
import { ask } from '../shared/ask.ts'
import { bodyOf, NO_REASON, ReasonFields, type Why } from '../shared/reason-fields.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { Select } from '../shared/ui/select.tsx'
import { useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import { CopyOption, useOpenCopies } from './move-dialog.tsx'
import { reviewWords } from './review-words.ts'
import type { Review, Scene } from './use-review.ts'

type MergeProps = { copy: CopyProblems; scene: Scene; onClose: () => void }

/** Puts the pages of another copy behind those of this one. */
export function MergeDialog({ copy, scene: { batch, review }, onClose }: MergeProps) {
  const words = useWords(reviewWords)
  const { cancel, choose } = useWords(batchWords)
  const others = useOpenCopies(batch).filter(({ id }) => id !== copy.copyId)
  const [fromId, setFromId] = useState('')
  const from = others.find(({ id }) => id === fromId)
  const merge = async () => {
    if (!from) return
    const seen = { copyId: from.id, pagesVersion: from.pagesVersion }
    await review.merge(copy, seen, words.merged(copy.anonymousId, from.anonymousId))
    onClose()
  }
  return (
    <Dialog
      isOpen
      title={words.mergeTitle(copy.anonymousId)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button look="primary" disabled={!from || review.isBusy} onClick={() => void merge()}>
            {words.mergeNow}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">{others.length > 0 ? words.mergeText : words.noOtherCopy}</p>
        {others.length > 0 && (
          <Select label={words.mergeFrom} value={fromId} onChange={(event) => setFromId(event.target.value)}>
            <option value="">{choose}</option>
            {others.map((other) => (
              <CopyOption key={other.id} copy={other} batchId={batch.id} />
            ))}
          </Select>
        )}
      </div>
    </Dialog>
  )
}

type SendBackProps = { copy: CopyProblems; review: Review; onClose: () => void }

/** Takes a validated copy back, so that its pages can change again. */
export function SendBackDialog({ copy, review, onClose }: SendBackProps) {
  const words = useWords(reviewWords)
  const { cancel } = useWords(batchWords)
  const [why, setWhy] = useState<Why<keyof typeof words.sendBackReasons>>(NO_REASON)
  const body = bodyOf(why)
  const sendBack = async () => {
    if (!body) return
    const params = { copyId: copy.copyId }
    await review.act(
      () => ask('POST /api/copies/:copyId/send-back', { params, body }),
      words.sentBack(copy.anonymousId),
    )
    onClose()
  }
  return (
    <Dialog
      isOpen
      title={words.sendBackTitle(copy.anonymousId)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button look="primary" disabled={!body || review.isBusy} onClick={() => void sendBack()}>
            {words.sendBackNow}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">{words.sendBackText}</p>
        <ReasonFields reasons={words.sendBackReasons} why={why} onWhy={setWhy} />
      </div>
    </Dialog>
  )
}
