import { announce } from '../shared/announce.tsx'
import { changeSettings, useSettings } from '../shared/settings.ts'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { type DeskWords, useDeskWords } from './desk-words.ts'
import { giveLetter, SHORTCUT_NAMES, type ShortcutName } from './keymap.ts'
import { keepLetters, useLetters } from './use-letters.ts'

/** The keys: those that everybody has, and the letters, which can be changed or switched off. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const words = useDeskWords()
  const { letterKeys, shortcuts } = useSettings()
  return (
    <Dialog title={words.shortcutsTitle} isOpen onClose={onClose}>
      <div className="flex flex-col gap-6 text-sm">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
          {Object.values(words.keys).map(([key, what]) => (
            <div key={key} className="contents">
              <dt>
                <kbd className="rounded border border-line bg-sunken px-1.5 py-0.5 font-sans text-xs">
                  {key}
                </kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <section className="flex flex-col gap-3" aria-labelledby="letters">
          <h3 id="letters" className="font-semibold text-base">
            {words.lettersTitle}
          </h3>
          <label className="flex min-h-10 cursor-pointer items-center gap-3 rounded-md bg-sunken px-3 py-2">
            <input
              type="checkbox"
              checked={letterKeys === 'on'}
              onChange={(event) => changeSettings({ letterKeys: event.target.checked ? 'on' : 'off' })}
              className="size-6 accent-accent"
            />
            <span>
              <span className="font-medium">{words.letters}</span>
              <br />
              <span className="text-muted">{words.lettersHint}</span>
            </span>
          </label>
          {letterKeys === 'on' && (
            <>
              <p className="text-muted">{words.lettersLead}</p>
              <ul className="flex flex-col gap-1">
                {SHORTCUT_NAMES.map((name) => (
                  <LetterField key={name} name={name} />
                ))}
              </ul>
              {Object.keys(shortcuts).length > 0 && (
                <Button className="self-start" onClick={() => changeSettings({ shortcuts: {} })}>
                  {words.lettersReset}
                </Button>
              )}
            </>
          )}
        </section>
      </div>
    </Dialog>
  )
}

function LetterField({ name }: { name: ShortcutName }) {
  const words = useDeskWords()
  const letters = useLetters()
  const what = words.shortcutNames[name]
  const withShift = words.shiftNames[name as keyof DeskWords['shiftNames']] as string | undefined
  const give = (field: HTMLInputElement) => {
    const letter = /\p{Letter}(?=\P{Letter}*$)/u.exec(field.value)?.[0].toLowerCase()
    if (letter !== undefined && letter !== letters[name]) {
      keepLetters(giveLetter(letters, name, letter))
      announce(words.letterGiven(letter.toUpperCase(), what))
    }
    field.value = (letter ?? letters[name]).toUpperCase()
    field.select()
  }
  return (
    <li>
      <label className="flex min-h-9 items-center gap-4">
        <input
          // What was swapped with another field shows its new letter.
          key={letters[name]}
          defaultValue={letters[name].toUpperCase()}
          aria-label={words.letterOf(what)}
          autoComplete="off"
          spellCheck={false}
          onFocus={(event) => event.currentTarget.select()}
          onInput={(event) => give(event.currentTarget)}
          className="size-9 shrink-0 rounded border border-edge bg-surface text-center uppercase"
        />
        <span>
          {what}
          {withShift && <span className="text-muted"> ({words.withShift(withShift)})</span>}
        </span>
      </label>
    </li>
  )
}
