import { changeSettings, type Language } from './settings.ts'
import { loadLanguage } from './words.ts'

/** Shows the application in a language once its words are here; without a network it stays as it is. */
export async function changeLanguage(language: Language): Promise<void> {
  await loadLanguage(language).then(
    () => changeSettings({ language }),
    () => undefined,
  )
}
