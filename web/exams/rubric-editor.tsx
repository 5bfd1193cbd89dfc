import { ArrowDown, ArrowUp, ListTree, Plus, Trash2 } from 'lucide-react'
import { type KeyboardEvent, useRef } from 'react'
import { flushSync } from 'react-dom'
import { useFormat } from '../shared/format.ts'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { newExamWords } from './new-exam-words.ts'
import { type DraftFault, type DraftItem, emptyItem, totalOf } from './rubric-draft.ts'
import { editRubric, type RubricEdit } from './rubric-edit.ts'

type EditorProps = {
  items: readonly DraftItem[]
  faults: ReadonlyMap<string, DraftFault>
  onChange: (items: readonly DraftItem[]) => void
}

/** The questions of a rubric with their parts and points. Enter goes on: from a label to its points, then to a new line. */
export function RubricEditor({ items, faults, onChange }: EditorProps) {
  const words = useWords(newExamWords)
  const list = useRef<HTMLOListElement>(null)
  const edit = (change: RubricEdit) => {
    if (!('added' in change)) return onChange(editRubric(items, change))
    // At once: what is typed before the next frame belongs to the new line.
    flushSync(() => onChange(editRubric(items, change)))
    labelOf(list.current, change.added.key)?.focus()
  }
  const lines = { faults, edit }
  return (
    <div className="flex flex-col gap-3">
      <p aria-hidden className="flex gap-2 ps-14 pe-3 text-muted text-sm max-sm:hidden">
        <span className="flex-1">{words.label}</span>
        <span className="w-24 text-end">{words.pointsColumn}</span>
        <span className="w-40" />
      </p>
      <ol ref={list} className="flex flex-col gap-2">
        {items.map((item, index) => (
          <li key={item.key} className="flex flex-col gap-2 rounded-lg border border-line bg-surface p-3">
            <Line {...lines} item={item} name={String(index + 1)} canRemove={items.length > 1} isQuestion />
            {item.parts.length > 0 && (
              <ol className="flex flex-col gap-2 border-line border-s-2 ps-3 sm:ms-4">
                {item.parts.map((part, place) => (
                  <li key={part.key}>
                    <Line
                      {...lines}
                      item={part}
                      name={`${index + 1}.${LETTERS[place] ?? place + 1}`}
                      canRemove
                    />
                  </li>
                ))}
              </ol>
            )}
          </li>
        ))}
      </ol>
      <Button
        className="self-start"
        onClick={() => edit({ kind: 'add-after', key: items.at(-1)?.key ?? '', added: emptyItem() })}
      >
        <Plus aria-hidden className="size-4" />
        {words.addQuestion}
      </Button>
    </div>
  )
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

function labelOf(list: HTMLElement | null, key: string): HTMLInputElement | null | undefined {
  return list?.querySelector<HTMLInputElement>(`[data-line="${key}"] input`)
}

type LineProps = {
  item: DraftItem
  /** Its number, as the eye reads it: 2, or 2.a. */
  name: string
  isQuestion?: boolean
  canRemove: boolean
  faults: ReadonlyMap<string, DraftFault>
  edit: (change: RubricEdit) => void
}

function Line({ item, name, isQuestion = false, canRemove, faults, edit }: LineProps) {
  const words = useWords(newExamWords)
  const format = useFormat()
  const { key, parts } = item
  const fault = faults.get(key)
  const faultId = `fault-${key}`
  const isLabelWrong = fault === 'label-missing'
  const onEnter = (deed: () => void) => (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    deed()
  }
  const box = (isWrong: boolean) =>
    `min-h-10 w-full min-w-0 rounded-md border bg-surface px-3 text-base text-ink placeholder:text-muted ${isWrong ? 'border-bad' : 'border-edge'}`
  return (
    <div data-line={key} className="flex flex-col gap-1">
      <div className="flex flex-wrap items-center gap-2">
        <span aria-hidden className="w-8 shrink-0 text-muted text-sm tabular-nums">
          {name}
        </span>
        <input
          aria-label={words.labelOf(name)}
          aria-invalid={isLabelWrong || undefined}
          aria-describedby={isLabelWrong ? faultId : undefined}
          maxLength={200}
          value={item.label}
          placeholder={isQuestion ? words.questionHint : words.partHint}
          onChange={(event) => edit({ kind: 'write', key, change: { label: event.target.value } })}
          onKeyDown={onEnter(() => {
            const row = document.querySelector(`[data-line="${key}"]`)
            row?.querySelectorAll('input')[1]?.focus()
          })}
          className={`${box(isLabelWrong)} max-w-full flex-1 basis-40`}
        />
        {parts.length > 0 ? (
          <span className="w-24 text-end text-muted text-sm tabular-nums">
            {words.points(format.points(totalOf(parts)), totalOf(parts))}
          </span>
        ) : (
          <input
            aria-label={words.pointsOf(name)}
            aria-invalid={(fault && !isLabelWrong) || undefined}
            aria-describedby={fault && !isLabelWrong ? faultId : undefined}
            inputMode="decimal"
            autoComplete="off"
            value={item.points}
            onChange={(event) => edit({ kind: 'write', key, change: { points: event.target.value } })}
            onKeyDown={onEnter(() => edit({ kind: 'add-after', key, added: emptyItem() }))}
            className={`${box(fault !== undefined && !isLabelWrong)} max-w-24 text-end tabular-nums`}
          />
        )}
        <span className="ms-auto flex">
          {isQuestion && (
            <IconButton
              label={words.addPart(name)}
              icon={ListTree}
              onClick={() => edit({ kind: 'add-part', key, added: emptyItem() })}
            />
          )}
          <IconButton
            label={words.moveUp(name)}
            icon={ArrowUp}
            onClick={() => edit({ kind: 'move', key, step: -1 })}
          />
          <IconButton
            label={words.moveDown(name)}
            icon={ArrowDown}
            onClick={() => edit({ kind: 'move', key, step: 1 })}
          />
          <IconButton
            label={words.remove(name)}
            icon={Trash2}
            isDisabled={!canRemove}
            onClick={() => edit({ kind: 'remove', key })}
          />
        </span>
      </div>
      {fault && (
        <p id={faultId} className="ps-10 text-bad text-sm">
          {words.faults[fault]}
        </p>
      )}
    </div>
  )
}

type IconButtonProps = { label: string; icon: typeof Plus; isDisabled?: boolean; onClick: () => void }

function IconButton({ label, icon: Icon, isDisabled = false, onClick }: IconButtonProps) {
  return (
    <Button look="quiet" size="icon" aria-label={label} title={label} disabled={isDisabled} onClick={onClick}>
      <Icon aria-hidden className="size-4" />
    </Button>
  )
}
