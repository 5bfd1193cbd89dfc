import { changeSettings, useSettings } from '../shared/settings.ts'
import { type Letters, lettersOf, SHORTCUT_NAMES, SHORTCUTS } from './keymap.ts'

/** The letters of the shortcuts on this device. */
export function useLetters(): Letters {
  return lettersOf(useSettings().shortcuts)
}

/** Keeps on this device which letters differ from the first ones. */
export function keepLetters(letters: Letters): void {
  const changed = SHORTCUT_NAMES.filter((name) => letters[name] !== SHORTCUTS[name].letter)
  changeSettings({ shortcuts: Object.fromEntries(changed.map((name) => [name, letters[name]])) })
}
