import { type SubmitEvent, useRef, useState } from 'react'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { type DeskWords, useDeskWords } from './desk-words.ts'
import { NotSaved } from './not-saved.ts'
import { imageOf } from './page-images.ts'
import type { DeskData } from './sheet-query.ts'

const MOST_LETTERS = 4_000

/** Asks for the words of a comment or a text. */
export function TextDialog(props: {
  kind: 'comment' | 'text'
  text: string
  /** Whether it is done; otherwise the words stay here. */
  onDone: (text: string) => boolean
  onClose: () => void
}) {
  const words = useDeskWords()
  const [isKept, setKept] = useState(false)
  const field = useRef<HTMLTextAreaElement>(null)
  const submit = (event?: SubmitEvent) => {
    event?.preventDefault()
    const text = field.current?.value.trim() ?? ''
    if (text === '') field.current?.focus()
    else setKept(!props.onDone(text))
  }
  return (
    <Dialog
      title={props.kind === 'comment' ? words.writeComment : words.writeText}
      isOpen
      isBeside
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{words.cancel}</Button>
          <Button look="primary" onClick={() => submit()}>
            {words.put}
          </Button>
        </>
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-1">
        <label htmlFor="mark-text" className="font-medium text-sm">
          {words.text}
        </label>
        <textarea
          ref={field}
          data-first
          id="mark-text"
          rows={3}
          maxLength={MOST_LETTERS}
          defaultValue={props.text}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey) return
            event.preventDefault()
            submit()
          }}
          className="rounded-md border border-edge bg-surface p-2 text-base"
        />
        {isKept && (
          <p role="alert" className="text-sm text-warn">
            {words.notNow}
          </p>
        )}
      </form>
    </Dialog>
  )
}

export type Fault = keyof DeskWords['reportReasons']
const FAULTS: readonly Fault[] = [
  'pages-missing',
  'pages-shuffled',
  'pages-unreadable',
  'wrong-copy',
  'other',
]

/** Sends the copy back because of its scan. */
export function ReportDialog(props: { onReport: (reason: Fault) => Promise<void>; onClose: () => void }) {
  const words = useDeskWords()
  const [reason, setReason] = useState<Fault>('pages-missing')
  const [error, setError] = useState<unknown>()
  const [isSending, setSending] = useState(false)
  const report = async () => {
    setSending(true)
    setError(undefined)
    await props.onReport(reason).catch(setError)
    setSending(false)
  }
  return (
    <Dialog
      title={words.report}
      isOpen
      onClose={props.onClose}
      actions={
        <>
          <Button onClick={props.onClose}>{words.cancel}</Button>
          <Button look="primary" disabled={isSending} onClick={() => void report()}>
            {isSending ? words.finishing : words.send}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-sm">{words.reportLead}</p>
        {error !== undefined && (
          <Problem error={error} sentence={error instanceof NotSaved ? words.notSaved : undefined} />
        )}
        <fieldset>
          <legend className="mb-1 font-medium text-sm">{words.reportReason}</legend>
          {FAULTS.map((fault) => (
            <label key={fault} className="flex min-h-10 cursor-pointer items-center gap-2 text-sm">
              <input
                type="radio"
                name="fault"
                checked={fault === reason}
                onChange={() => setReason(fault)}
                className="size-6 accent-accent"
              />
              {words.reportReasons[fault]}
            </label>
          ))}
        </fieldset>
      </div>
    </Dialog>
  )
}

/** All pages at a glance; one of them opens. */
export function ContactSheet(props: { data: DeskData; onPage: (page: number) => void; onClose: () => void }) {
  const words = useDeskWords()
  const { data } = props
  return (
    <Dialog title={words.contactSheet} isOpen onClose={props.onClose}>
      <ol className="grid grid-cols-2 gap-3">
        {data.sizes.pages.map(({ pageNumber, widthPx, heightPx }) => (
          <li key={pageNumber}>
            <button
              type="button"
              onClick={() => props.onPage(pageNumber)}
              className="w-full cursor-pointer rounded-md border border-line p-1 hover:bg-sunken"
            >
              <img
                src={imageOf(data, pageNumber, 'screen')}
                alt={words.pageOf(pageNumber, data.copy.pages)}
                width={widthPx ?? 1_240}
                height={heightPx ?? 1_754}
                className="h-auto w-full bg-paper"
              />
            </button>
          </li>
        ))}
      </ol>
    </Dialog>
  )
}
