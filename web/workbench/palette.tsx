import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { Dialog } from '../shared/ui/dialog.tsx'
import { type DeskWords, useDeskWords } from './desk-words.ts'
import { type Action, type Letters, SHORTCUT_NAMES, SHORTCUTS } from './keymap.ts'
import { useLetters } from './use-letters.ts'

/** One line of the palette. `keys`: what does the same from the page. */
type Entry = { readonly id: string; readonly label: string; readonly keys?: string; readonly run: () => void }

type PaletteProps = {
  pages: number
  questions: readonly { readonly itemId: string; readonly label: string }[]
  onAction: (action: Action) => void
  onPage: (page: number) => void
  onQuestion: (itemId: string) => void
  onClose: () => void
}

/** Every command of the workbench by its name, with the pages and the questions: for whoever forgot the key. */
export function Palette(props: PaletteProps) {
  const words = useDeskWords()
  const letters = useLetters()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const [sought, setSought] = useState('')
  const [at, setAt] = useState(0)
  const found = entriesOf(props, words, letters).filter(({ label }) => hasAll(label, sought))
  const choose = (entry: Entry | undefined) => {
    if (!entry) return
    props.onClose()
    // Behind what gives the focus back to the page.
    requestAnimationFrame(entry.run)
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) setAt((at + step + found.length) % found.length)
    else if (event.key === 'Enter') choose(found[at])
    else return
    event.preventDefault()
  }
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: 'nearest' }), [at])
  return (
    <Dialog title={words.palette.title} isOpen onClose={props.onClose}>
      <input
        data-first
        role="combobox"
        aria-label={words.palette.search}
        placeholder={words.palette.search}
        aria-expanded
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
        autoComplete="off"
        value={sought}
        onChange={(event) => {
          setSought(event.target.value)
          setAt(0)
        }}
        onKeyDown={press}
        className="min-h-11 w-full rounded-md border border-edge bg-surface px-3"
      />
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label={words.palette.title}
        className="mt-3 max-h-[50dvh] overflow-auto"
      >
        {found.map((entry, index) => (
          // The field keeps the focus, and has the keys.
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            onPointerUp={() => choose(entry)}
            onPointerMove={() => setAt(index)}
            className="flex min-h-10 cursor-pointer items-center justify-between gap-4 rounded-md px-3 text-sm aria-selected:bg-accent-soft aria-selected:text-accent"
          >
            {entry.label}
            {entry.keys && <kbd className="font-sans text-muted text-xs">{entry.keys}</kbd>}
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p role="status" className="px-3 py-2 text-muted text-sm">
          {words.palette.none(sought)}
        </p>
      )}
    </Dialog>
  )
}

function entriesOf(props: PaletteProps, words: DeskWords, letters: Letters): readonly Entry[] {
  const act = (id: string, label: string, keys: string, action: Action): Entry => ({
    ...{ id, label, keys },
    run: () => props.onAction(action),
  })
  const { shortcutNames, shiftNames } = words
  return [
    act('finish', words.finishLast, words.keys.finish[0] ?? '', { do: 'finish' }),
    ...SHORTCUT_NAMES.map((name) =>
      act(name, shortcutNames[name], letters[name].toUpperCase(), SHORTCUTS[name].act),
    ),
    ...(Object.keys(shiftNames) as (keyof typeof shiftNames)[]).map((name) =>
      act(
        `shift-${name}`,
        shiftNames[name],
        words.shiftAnd(letters[name].toUpperCase()),
        SHORTCUTS[name].withShift,
      ),
    ),
    act('undo', words.undo, 'Ctrl + Z', { do: 'undo' }),
    act('redo', words.redo, 'Ctrl + Y', { do: 'redo' }),
    act('sheet', words.shortcutsTitle, '?', { do: 'sheet' }),
    ...Array.from({ length: props.pages }, (_, index) => ({
      id: `page-${index + 1}`,
      label: words.palette.page(index + 1),
      run: () => props.onPage(index + 1),
    })),
    ...props.questions.map(({ itemId, label }) => ({
      id: itemId,
      label: words.palette.question(label),
      run: () => props.onQuestion(itemId),
    })),
  ]
}

/** Whether a text has every word that is sought, whatever their accents and capitals. */
function hasAll(label: string, sought: string): boolean {
  const plain = (text: string) =>
    text
      .normalize('NFD')
      .replace(/\p{Mark}/gu, '')
      .toLowerCase()
  const text = plain(label)
  return plain(sought)
    .split(/\s+/)
    .every((word) => text.includes(word))
}
