import { queryOptions, useSuspenseQuery } from '@tanstack/react-query'
import { type Language, useLanguage } from '../shared/settings.ts'
import type { words } from './desk-words.fr.ts'

export type DeskWords = typeof words

/** One language at a time: the other half of the words is not sent to anybody who does not read it. */
const deskWordsQuery = (language: Language) =>
  queryOptions({
    queryKey: ['desk-words', language],
    queryFn: (): Promise<DeskWords> =>
      (language === 'fr' ? import('./desk-words.fr.ts') : import('./desk-words.en.ts')).then(
        (module) => module.words,
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
    networkMode: 'always',
  })

/** The words of the workbench in the language of this device. */
export function useDeskWords(): DeskWords {
  return useSuspenseQuery(deskWordsQuery(useLanguage())).data
}
