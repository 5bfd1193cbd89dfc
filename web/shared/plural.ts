import type { Language } from './settings.ts'

/** Forms of a counted thing; `#` stands for the number. */
export type Forms = { readonly one: string; readonly other: string }

/** Makes the function that a catalogue counts with: `count(3, { one: '# copie', other: '# copies' })`. */
export function countIn(language: Language): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  return (count, forms) =>
    forms[rules.select(count) === 'one' ? 'one' : 'other'].replace('#', numbers.format(count))
}
