import { useQueryClient } from '@tanstack/react-query'
import { createLazyRoute, useBlocker, useNavigate } from '@tanstack/react-router'
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import { announce } from '../shared/announce.tsx'
import { ask } from '../shared/ask.ts'
import { Page } from '../shared/page.tsx'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Choice } from '../shared/ui/choice.tsx'
import { Field } from '../shared/ui/field.tsx'
import { useWords } from '../shared/words.ts'
import { newExamWords } from './new-exam-words.ts'
import { emptyItem, toRubric } from './rubric-draft.ts'
import { isSound, type RubricDraft, RubricFields } from './rubric-fields.tsx'

const USUAL_TOTAL = '20'

/** A new exam with its rubric: the total is there while one types, and what is wrong is said at its place. */
function NewExam() {
  const words = useWords(newExamWords)
  const queries = useQueryClient()
  const navigate = useNavigate()
  const form = useRef<HTMLFormElement>(null)
  const [title, setTitle] = useState('')
  const [rubric, setRubric] = useState<RubricDraft>(() => ({
    items: [emptyItem()],
    step: 0.5,
    expected: USUAL_TOTAL,
  }))
  const [mustScoreAll, setMustScoreAll] = useState<'all' | 'some'>('all')
  const [isChecked, setChecked] = useState(false)
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<unknown>()

  const isTitleMissing = title.trim() === ''
  const isDirty = !isTitleMissing || rubric.items.some(({ label }) => label !== '')
  const isMade = useRef(false)
  useBlocker({
    shouldBlockFn: () => !isMade.current && isDirty && !window.confirm(words.leave),
    enableBeforeUnload: () => !isMade.current && isDirty,
  })

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (isTitleMissing || !isSound(rubric)) {
      announce(words.refused)
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
      return
    }
    setSending(true)
    setError(undefined)
    try {
      const body = {
        title: title.trim(),
        requireAllScores: mustScoreAll === 'all',
        rubric: toRubric(rubric.items, rubric.step),
      }
      const exam = await ask('POST /api/exams', { body })
      isMade.current = true
      await queries.invalidateQueries({ queryKey: ['exams'] })
      announce(words.made)
      await navigate({ to: '/exams/$examId', params: { examId: exam.id } })
    } catch (failure) {
      setError(failure)
      setSending(false)
    }
  }
  const sendByKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit()
  }

  return (
    <Page title={words.title} lead={words.lead}>
      <form
        ref={form}
        noValidate
        onSubmit={(event) => void submit(event)}
        onKeyDown={sendByKey}
        className="flex flex-col gap-8"
      >
        <Field
          label={words.examTitle}
          hint={words.examTitleHint}
          maxLength={200}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.ctrlKey || event.metaKey) return
            event.preventDefault()
            form.current?.querySelector<HTMLElement>('[data-line] input')?.focus()
          }}
          error={isChecked && isTitleMissing ? words.titleMissing : undefined}
          className="max-w-xl"
        />
        <RubricFields draft={rubric} isChecked={isChecked} onChange={setRubric} />
        <Choice
          legend={words.completeness}
          hint={words.completenessHint}
          value={mustScoreAll}
          options={[
            { value: 'all', label: words.all },
            { value: 'some', label: words.some },
          ]}
          onChange={setMustScoreAll}
        />
        {error !== undefined && <Problem error={error} />}
        <div className="sticky bottom-0 -mx-4 flex flex-wrap items-center gap-3 border-line border-t bg-canvas px-4 py-3 sm:-mx-6 sm:px-6">
          <Button look="primary" type="submit" disabled={isSending}>
            {isSending ? words.sending : words.submit}
          </Button>
          <span className="text-muted text-sm">{words.keyHint}</span>
        </div>
      </form>
    </Page>
  )
}

export const route = createLazyRoute('/signed-in/exams/new')({ component: NewExam })
