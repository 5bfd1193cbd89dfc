import { type FormEvent, useState } from 'react'
import { Button } from '../shared/ui/button.tsx'
import { Field } from '../shared/ui/field.tsx'
import { useWords } from '../shared/words.ts'
import { CopyText } from './copy-text.tsx'
import { Disclosure } from './disclosure.tsx'
import { RECIPE } from './proof-files.ts'
import { verdictWords } from './verdict-words.ts'

/** Steps of the check, its limits, the key it takes, and how to do it without us. */
export function HowVerified(props: {
  vkey: string | undefined
  onVkey: (vkey: string | undefined) => void
  hasRecipe?: boolean
}) {
  const { vkey, onVkey, hasRecipe = false } = props
  const words = useWords(verdictWords)
  const [entered, setEntered] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onVkey(entered.trim() === '' ? undefined : entered.trim())
  }
  return (
    <Disclosure
      summary={words.how}
      className="rounded-lg border border-line bg-surface"
      summaryClassName="min-h-11 px-4 font-medium text-sm"
    >
      <div className="flex flex-col gap-4 border-line border-t p-4 text-sm">
        <ol className="flex max-w-prose list-decimal flex-col gap-1 ps-5">
          {words.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        <p className="max-w-prose text-muted">{words.limits}</p>
        {vkey && (
          <p className="flex flex-wrap items-center gap-x-2">
            {words.key} <CopyText text={vkey} label={words.key} />
          </p>
        )}
        <form onSubmit={submit} className="flex max-w-prose flex-col items-start gap-2">
          <Field
            label={words.keyHeldField}
            hint={words.keyHint}
            value={entered}
            onChange={(event) => setEntered(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            className="w-full"
          />
          <Button type="submit">{words.withKey}</Button>
        </form>
        {hasRecipe && (
          <div className="flex flex-col gap-2">
            <h2 className="font-medium">{words.recipe}</h2>
            <p className="text-muted">{words.recipeLead}</p>
            <section
              aria-label={words.recipe}
              // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse must be able to scroll it
              tabIndex={0}
              className="overflow-x-auto rounded-md border border-line bg-sunken p-3"
            >
              <pre className="text-xs leading-5">{RECIPE}</pre>
            </section>
          </div>
        )}
      </div>
    </Disclosure>
  )
}
