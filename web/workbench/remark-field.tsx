import { MessageSquare } from 'lucide-react'
import { useEffect, useId, useLayoutEffect, useRef } from 'react'
import { useDeskWords } from './desk-words.ts'
import type { Draft } from './drafts.ts'
import type { Remark } from './mark.ts'
import { useStateOf } from './use-state-of.ts'

/** As many as the API takes; the last ones are counted down. */
const MOST_LETTERS = 2_000
const COUNTED_LETTERS = 200

type RemarkFieldProps = {
  copyId: string
  place: string
  /** What the field is called, and the button that there is while there is no remark. */
  name: string
  add: string
  /** The name stands above the field; a question has its own there. */
  isTitled?: boolean
  /** Said of the button to those who do not see where it is. */
  of?: string
  remark: Remark
  canEdit: boolean
  onDraft: (draft: Draft) => void
  onRemark: (draft: Draft) => void
}

/** A remark that is edited where it stands, and kept on leaving it; what is typed before goes to this device. */
export function RemarkField(props: RemarkFieldProps) {
  const { copyId, place, remark, canEdit, onDraft, onRemark } = props
  const words = useDeskWords()
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [isOpen, setOpen] = useStateOf(copyId, false)
  const [typed, setTyped] = useStateOf<Draft | undefined>(copyId, undefined)
  const shown = typed?.text ?? remark.text ?? ''
  const keep = useRef<() => void>(() => undefined)
  keep.current = () => {
    // Without the lock it stays here until it is back.
    if (!canEdit) return
    if (typed) onRemark(typed)
    setTyped(undefined)
    setOpen(false)
  }
  // At once: the next key is the first letter.
  useLayoutEffect(() => {
    if (isOpen) field.current?.focus()
  }, [isOpen])
  useEffect(() => {
    if (canEdit && document.activeElement !== field.current) keep.current()
  }, [canEdit])
  const write = (text: string) => {
    const draft = { text, version: typed?.version ?? remark.version }
    setTyped(draft)
    onDraft(draft)
  }
  const left = MOST_LETTERS - shown.length
  if (shown === '' && !isOpen && !typed) {
    if (!canEdit) return null
    return (
      <button
        type="button"
        data-remark={place}
        onClick={() => setOpen(true)}
        className="inline-flex min-h-6 cursor-pointer items-center gap-1.5 rounded px-2 text-accent text-xs hover:bg-sunken"
      >
        <MessageSquare aria-hidden className="size-3.5" />
        {props.add}
        {props.of && <span className="sr-only"> : {props.of}</span>}
      </button>
    )
  }
  return (
    <div className="flex flex-col px-2 py-1">
      <label htmlFor={id} className={props.isTitled ? 'mb-1 font-medium text-sm' : 'sr-only'}>
        {props.name}
      </label>
      <textarea
        id={id}
        ref={field}
        data-remark={place}
        rows={2}
        maxLength={MOST_LETTERS}
        aria-describedby={left < COUNTED_LETTERS ? `${id}-left` : undefined}
        value={shown}
        readOnly={!canEdit}
        onChange={(event) => write(event.target.value)}
        onFocus={() => setOpen(true)}
        onBlur={() => keep.current()}
        className="field-sizing-content max-h-60 min-h-14 w-full rounded-md border border-edge bg-surface px-2 py-1 text-sm read-only:bg-sunken"
      />
      {left < COUNTED_LETTERS && (
        <p id={`${id}-left`} className="text-end text-muted text-xs tabular-nums">
          {words.lettersLeft(left)}
        </p>
      )}
    </div>
  )
}
