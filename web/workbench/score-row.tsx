import { CircleCheck, Minus, Plus } from 'lucide-react'
import { type PointerEvent, useEffect, useId, useRef } from 'react'
import { useFormat } from '../shared/format.ts'
import { useDeskWords } from './desk-words.ts'
import { onlyDigits, readScore, stepScore } from './score-entry.ts'
import type { DeskData } from './sheet-query.ts'
import { useStateOf } from './use-state-of.ts'

/** A pause in typing that long is the end of it: the score is kept. */
const PAUSE_MS = 1_000
const BY_KEY: Readonly<Record<string, 1 | -1>> = { ArrowUp: 1, ArrowDown: -1 }

export type Item = DeskData['items'][number]

type ScoreRowProps = {
  copyId: string
  item: Item
  points: number | null
  isCurrent: boolean
  canEdit: boolean
  onScore: (points: number | null) => void
  /** What is typed and not kept yet, for the live total; undefined when there is nothing of that kind. */
  onDraft: (points: number | undefined) => void
  /** Whether something stands in the field that is no score. */
  onMisfit: (isMisfit: boolean) => void
  onFocus: () => void
}

/** The field of one question: a score is kept with Enter, on leaving, or after a pause. */
export function ScoreRow(props: ScoreRowProps) {
  const { copyId, item, points, canEdit, onScore, onDraft, onMisfit } = props
  const words = useDeskWords()
  const format = useFormat()
  const id = useId()
  const [typed, setTyped] = useStateOf<string | undefined>(copyId, undefined)
  const [isChecked, setChecked] = useStateOf(copyId, false)
  const allowed = { maxPoints: item.maxPoints ?? 0, step: item.step ?? 0.5 }
  const shown = typed ?? (points === null ? '' : format.points(points))
  const entry = readScore(shown, allowed)
  const keep = useRef<() => void>(() => undefined)
  keep.current = () => {
    // Without the lock it stays here until it is back.
    if (typed === undefined || !canEdit) return
    setChecked(true)
    if (entry.kind === 'wrong') return
    onScore(entry.kind === 'score' ? entry.points : null)
    setTyped(undefined)
    onDraft(undefined)
  }
  useEffect(() => {
    if (typed === undefined || readScoreIsWrong(typed)) return
    const timer = setTimeout(() => keep.current(), PAUSE_MS)
    return () => clearTimeout(timer)
  })
  const readScoreIsWrong = (text: string) => readScore(text, allowed).kind === 'wrong'
  const write = (text: string) => {
    const next = onlyDigits(text)
    const read = readScore(next, allowed)
    setTyped(next)
    setChecked(read.kind === 'wrong' && read.why !== 'not-a-number')
    onMisfit(read.kind === 'wrong')
    onDraft(read.kind === 'score' ? read.points : undefined)
  }
  const give = (next: number) => {
    setTyped(undefined)
    setChecked(false)
    onMisfit(false)
    onDraft(undefined)
    props.onFocus()
    onScore(next)
  }
  const stepBy = (by: 1 | -1) => give(stepScore(entry.kind === 'score' ? entry.points : points, by, allowed))
  const max = format.points(allowed.maxPoints)
  const wrong = isChecked && entry.kind === 'wrong' ? sentenceOf(entry.why) : undefined
  function sentenceOf(why: 'not-a-number' | 'too-many' | 'off-step'): string {
    if (why === 'too-many') return words.wrong[why](max)
    return why === 'off-step' ? words.wrong[why](format.points(allowed.step)) : words.wrong[why]
  }
  return (
    <div
      data-current={props.isCurrent || undefined}
      className="rounded-md border-2 border-transparent px-2 py-1 data-current:border-accent data-current:bg-accent-soft"
    >
      <div className="flex items-center gap-2">
        <label
          htmlFor={id}
          className="min-w-0 flex-1 break-words text-sm"
          style={{ paddingInlineStart: `${item.depth}rem` }}
        >
          <span aria-hidden>{item.label}</span>
          <span className="sr-only">{words.scoreOf(item.label, max)}</span>
        </label>
        <span className={`flex rounded-md border bg-surface ${wrong ? 'border-bad' : 'border-edge'}`}>
          {canEdit && <Step icon={Minus} name={words.stepDown(item.label)} onPress={() => stepBy(-1)} />}
          <input
            id={id}
            data-score={item.itemId}
            inputMode="decimal"
            autoComplete="off"
            enterKeyHint="next"
            value={shown}
            readOnly={!canEdit}
            aria-invalid={wrong ? true : undefined}
            aria-describedby={wrong ? `${id}-wrong` : undefined}
            onChange={(event) => write(event.target.value)}
            onFocus={(event) => {
              event.target.select()
              props.onFocus()
            }}
            onBlur={() => keep.current()}
            onKeyDown={(event) => {
              if (event.key === 'Enter') keep.current()
              const by = BY_KEY[event.key]
              if (by === undefined || event.altKey || event.ctrlKey || event.metaKey || !canEdit) return
              event.preventDefault()
              stepBy(by)
            }}
            className="min-h-10 w-14 rounded-md bg-surface px-1.5 text-center text-base tabular-nums read-only:bg-sunken"
          />
          {canEdit && <Step icon={Plus} name={words.stepUp(item.label)} onPress={() => stepBy(1)} />}
        </span>
        {canEdit ? (
          <button
            type="button"
            tabIndex={-1}
            aria-label={words.fullScore(item.label, max)}
            title={words.fullScore(item.label, max)}
            onPointerDown={keepFocus}
            onClick={() => give(allowed.maxPoints)}
            className="min-h-8 w-10 cursor-pointer rounded-md text-start text-muted text-sm tabular-nums hover:bg-sunken hover:text-ink"
          >
            {words.outOf(max)}
          </button>
        ) : (
          <span aria-hidden className="w-10 text-muted text-sm tabular-nums">
            {words.outOf(max)}
          </span>
        )}
        <CircleCheck
          aria-hidden
          className={`size-4 shrink-0 text-good ${points === null ? 'invisible' : ''}`}
        />
      </div>
      {wrong && (
        <p id={`${id}-wrong`} className="text-end text-bad text-sm">
          {wrong}
        </p>
      )}
    </div>
  )
}

/** By pointer alone: the field has the arrow keys for it. */
function Step({ icon: Icon, name, onPress }: { icon: typeof Plus; name: string; onPress: () => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={name}
      title={name}
      onPointerDown={keepFocus}
      onClick={onPress}
      className="flex min-h-10 w-7 cursor-pointer items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink"
    >
      <Icon aria-hidden className="size-4" />
    </button>
  )
}

/** What is typed is not left, and on a tablet no keyboard comes up. */
function keepFocus(event: PointerEvent<HTMLButtonElement>): void {
  event.preventDefault()
}
