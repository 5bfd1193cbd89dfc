import { type FormEvent, useEffect, useRef, useState } from 'react'
import { bodyOf, NO_REASON, ReasonFields, type Why } from '../shared/reason-fields.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { Field } from '../shared/ui/field.tsx'
import { useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import { MoveDialog } from './move-dialog.tsx'
import type { PageDialogKind, PageDialogProps } from './page-dialog.ts'
import { PagePicture } from './page-picture.tsx'
import { usePageName } from './page-place.ts'
import { ReplaceDialog } from './replace-dialog.tsx'
import { reviewWords } from './review-words.ts'
import type { DiscardReason } from './use-review.ts'

const DIALOGS = {
  look: Look,
  move: MoveDialog,
  discard: Discard,
  number: NumberSheet,
  replace: ReplaceDialog,
} as const

/** What is asked about a page, or the page in large. */
export function PageDialog({ kind, ...props }: PageDialogProps & { kind: PageDialogKind }) {
  const Asked = DIALOGS[kind]
  return <Asked {...props} />
}

function Look({ page, scene, onClose }: PageDialogProps) {
  const name = usePageName(scene.batch.id)(page)
  return (
    <Dialog isOpen title={name} onClose={onClose}>
      <div className="rounded-sm border border-line">
        <PagePicture page={page} size="screen" alt={name} />
      </div>
    </Dialog>
  )
}

function Discard({ page, scene: { batch, review }, onPage, onClose }: PageDialogProps) {
  const words = useWords(batchWords)
  const { replaced: _, ...reasons } = words.reasons
  const [why, setWhy] = useState<Why<DiscardReason>>(NO_REASON)
  const name = usePageName(batch.id)(page)
  // Of a scan that was erased the log keeps no words.
  const keepsNote = page.copyId !== null || batch.fileName !== null
  const discard = async () => {
    const body = bodyOf(why)
    if (body) await onPage(() => review.discard(page, body, words.discardedNow(name)))
  }
  return (
    <Dialog
      isOpen
      title={words.discardTitle(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button look="danger" disabled={!why.reason || review.isBusy} onClick={() => void discard()}>
            {words.discard}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">{words.discardText}</p>
        <ReasonFields reasons={reasons} why={why} onWhy={setWhy} hasNote={keepsNote} />
      </div>
    </Dialog>
  )
}

const HIGHEST_NUMBER = 9_999

function NumberSheet({ page, scene: { batch, review }, onPage, onClose }: PageDialogProps) {
  const words = useWords(reviewWords)
  const { cancel } = useWords(batchWords)
  const [typed, setTyped] = useState(page.sheetNumber === null ? '' : String(page.sheetNumber))
  const [isChecked, setChecked] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    const field = form.current?.querySelector('input')
    field?.focus()
    field?.select()
  }, [])
  const name = usePageName(batch.id)(page)
  const number = typed.trim() === '' ? null : Number(typed)
  const isWrong = number !== null && !(Number.isInteger(number) && number >= 1 && number <= HIGHEST_NUMBER)
  const save = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isWrong) return
    void onPage(() => review.number(page, number, words.numbered(name, number)))
  }
  return (
    <Dialog
      isOpen
      title={words.numberTitle(name)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button look="primary" type="submit" form="number-sheet" disabled={review.isBusy}>
            {words.save}
          </Button>
        </>
      }
    >
      <form ref={form} id="number-sheet" noValidate onSubmit={save} className="flex items-start gap-4">
        <div className="w-28 shrink-0 rounded-sm border border-line">
          <PagePicture page={page} size="thumbnail" alt="" />
        </div>
        <Field
          label={words.numberLabel}
          hint={words.numberHint}
          error={isChecked && isWrong ? words.numberWrong : undefined}
          inputMode="numeric"
          autoComplete="off"
          maxLength={4}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          className="min-w-0 flex-1"
        />
      </form>
    </Dialog>
  )
}
