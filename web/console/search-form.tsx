import { useNavigate } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '../shared/ui/button.tsx'
import { Field } from '../shared/ui/field.tsx'
import { useWords } from '../shared/words.ts'
import { consoleWords } from './words.ts'

/** Takes any id to its story. */
export function SearchForm({ initial = '' }: { initial?: string }) {
  const words = useWords(consoleWords)
  const navigate = useNavigate()
  const [id, setId] = useState(initial)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wanted = id.trim()
    if (wanted !== '') void navigate({ to: '/console/search', search: { id: wanted } })
  }
  return (
    <search>
      <form onSubmit={submit} className="flex max-w-3xl flex-wrap items-start gap-2">
        <Field
          label={words.search}
          hint={words.searchHint}
          value={id}
          onChange={(event) => setId(event.target.value)}
          type="search"
          spellCheck={false}
          autoComplete="off"
          className="min-w-0 grow"
        />
        <Button type="submit" className="mt-6">
          <Search aria-hidden className="size-4" />
          {words.searchSubmit}
        </Button>
      </form>
    </search>
  )
}
