import type { fr } from './fr.ts'
import { type Language, useLanguage } from './settings.ts'

/** A catalogue in both languages: French is the source, English has the same shape or does not compile. */
export type Catalogue<W> = { readonly [L in Language]: W }

export function defineWords<W>(french: W, english: NoInfer<W>): Catalogue<W> {
  return { fr: french, en: english }
}

/** The words of a room in the language of this device. */
export function useWords<W>(catalogue: Catalogue<W>): W {
  return catalogue[useLanguage()]
}

export type SharedWords = typeof fr
const loaded = new Map<Language, SharedWords>()

/** Fetches the shared words of a language, before anything is shown in it. Rejects when they cannot be fetched. */
export async function loadLanguage(language: Language): Promise<void> {
  if (loaded.has(language)) return
  loaded.set(language, language === 'fr' ? (await import('./fr.ts')).fr : (await import('./en.ts')).en)
}

/** The words that every screen shares. */
export function useSharedWords(): SharedWords {
  const words = loaded.get(useLanguage())
  if (!words) throw new Error('a language is shown that was not loaded')
  return words
}
