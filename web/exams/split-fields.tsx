import { useId } from 'react'
import { Field } from '../shared/ui/field.tsx'
import { useWords } from '../shared/words.ts'
import type { UploadOptions } from './send-file.ts'
import { uploadWords } from './upload-words.ts'

const WAYS = ['one-copy', 'fixed', 'code-first', 'code-every'] as const
export type SplitChoice = { readonly way: (typeof WAYS)[number]; readonly pagesPerCopy: string }
export const INITIAL_SPLIT: SplitChoice = { way: 'one-copy', pagesPerCopy: '' }

const MOST_PAGES = 500

/** The choice as the API takes it; undefined while the number of pages is none. */
export function optionsOf({ way, pagesPerCopy }: SplitChoice): UploadOptions | undefined {
  if (way === 'one-copy') return {}
  if (way !== 'fixed') return { split: way }
  const pages = Number(pagesPerCopy)
  return Number.isInteger(pages) && pages >= 1 && pages <= MOST_PAGES ? { pagesPerCopy: pages } : undefined
}

type SplitFieldsProps = {
  choice: SplitChoice
  codePattern: string | null
  onChange: (choice: SplitChoice) => void
}

/** How a scan becomes copies, each way with what it asks of the pile. */
export function SplitFields({ choice, codePattern, onChange }: SplitFieldsProps) {
  const words = useWords(uploadWords)
  const name = useId()
  const isPossible = (way: SplitChoice['way']) =>
    way === 'code-first'
      ? (codePattern?.includes('{copy}') ?? false)
      : way === 'code-every'
        ? ['{copy}', '{page}'].every((field) => codePattern?.includes(field))
        : true
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="sr-only">{words.howToCut}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {WAYS.map((way) => (
          <label
            key={way}
            className="flex cursor-pointer gap-3 rounded-lg border border-line bg-surface p-3 has-checked:border-accent has-disabled:cursor-not-allowed has-checked:bg-accent-soft has-disabled:bg-transparent"
          >
            <input
              type="radio"
              name={name}
              value={way}
              checked={choice.way === way}
              disabled={!isPossible(way)}
              onChange={() => onChange({ ...choice, way })}
              className="mt-1 size-4 shrink-0 accent-accent"
            />
            <span className="flex min-w-0 flex-col text-sm">
              <span className="font-medium">{words.ways[way].title}</span>
              <span className="text-muted">{isPossible(way) ? words.ways[way].text : words.needsCodes}</span>
            </span>
          </label>
        ))}
      </div>
      {choice.way === 'fixed' && (
        <Field
          label={words.pagesPerCopy}
          inputMode="numeric"
          autoComplete="off"
          value={choice.pagesPerCopy}
          onChange={(event) => onChange({ ...choice, pagesPerCopy: event.target.value })}
          error={choice.pagesPerCopy === '' || optionsOf(choice) ? undefined : words.notACount}
          className="w-40"
        />
      )}
    </fieldset>
  )
}
