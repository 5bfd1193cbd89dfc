import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createLazyRoute, Link, useBlocker, useNavigate } from '@tanstack/react-router'
import { type FormEvent, type KeyboardEvent, useRef, useState } from 'react'
import type { CopyStatus } from '../../src/copies/contract.ts'
import type { ExamView } from '../../src/exams/contract.ts'
import { announce } from '../shared/announce.tsx'
import { ask } from '../shared/ask.ts'
import { type Format, useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { Problem } from '../shared/problem.tsx'
import { RequestFailed } from '../shared/request-failed.ts'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { copiesQuery, examQuery } from './queries.ts'
import { draftOf, emptyItem, toRubric } from './rubric-draft.ts'
import { isSound, type RubricDraft, RubricFields } from './rubric-fields.tsx'
import { rubricWords } from './rubric-words.ts'

/** The rubric of an exam that there is, changed as long as no copy is scored by it. */
function Rubric() {
  const words = useWords(rubricWords)
  const { examId } = route.useParams()
  const exam = useQuery(examQuery(examId))
  const copies = useQuery(copiesQuery(examId))
  return (
    <Page
      title={words.title}
      lead={exam.data?.title}
      actions={
        <Link to="/exams/$examId" params={{ examId }} className={buttonClass()}>
          {words.back}
        </Link>
      }
    >
      <Loaded query={exam}>
        {(loaded) => (
          <Loaded query={copies}>
            {(all) => <Body exam={loaded} statuses={all.map(({ status }) => status)} />}
          </Loaded>
        )}
      </Loaded>
    </Page>
  )
}

/** A finalization has begun: what was scored until then is settled. */
const SETTLED: readonly CopyStatus[] = ['GRADED', 'GRADING_IN_PROGRESS', 'GRADING_FAILED']

function Body({ exam, statuses }: { exam: ExamView; statuses: readonly CopyStatus[] }) {
  const words = useWords(rubricWords)
  const settled = statuses.filter((status) => SETTLED.includes(status)).length
  const open = statuses.filter((status) => status === 'LOCKED').length
  if (settled > 0) return <p className="max-w-prose">{words.fixed(settled)}</p>
  return (
    <>
      <div className="flex max-w-prose flex-col gap-2 text-sm">
        <p className="text-muted">{words.lead}</p>
        {open > 0 && <p className="text-warn">{words.open(open)}</p>}
      </div>
      <Form exam={exam} />
    </>
  )
}

/** Numbers as they are typed: without the marks between thousands. */
function toDraft({ rubric }: ExamView, format: Format): RubricDraft {
  const comma = format.points(0.5).charAt(1)
  const { items, step } = draftOf(rubric.items, (points) => String(points).replace('.', comma))
  return items.length > 0 ? { items, step, expected: '' } : { items: [emptyItem()], step: 0.5, expected: '' }
}

function Form({ exam }: { exam: ExamView }) {
  const words = useWords(rubricWords)
  const format = useFormat()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const form = useRef<HTMLFormElement>(null)
  const [before, setBefore] = useState(() => toDraft(exam, format))
  const [draft, setDraft] = useState(before)
  const [version, setVersion] = useState(exam.rubric.version)
  const [isChecked, setChecked] = useState(false)
  const [isSending, setSending] = useState(false)
  const [error, setError] = useState<unknown>()
  const isDone = useRef(false)
  const isDirty = draft !== before
  useBlocker({
    shouldBlockFn: () => !isDone.current && isDirty && !window.confirm(words.leave),
    enableBeforeUnload: () => !isDone.current && isDirty,
  })

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (!isSound(draft)) {
      announce(words.refused)
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
      return
    }
    setSending(true)
    setError(undefined)
    try {
      const body = toRubric(draft.items, draft.step)
      await ask('PUT /api/exams/:examId/rubric', { params: { examId: exam.id }, version, body })
      isDone.current = true
      await queries.invalidateQueries({ queryKey: ['exams', exam.id] })
      announce(words.saved)
      await navigate({ to: '/exams/$examId', params: { examId: exam.id } })
    } catch (failure) {
      setError(failure)
      setSending(false)
    }
  }
  const takeTheirs = async () => {
    const now = await queries.fetchQuery({ ...examQuery(exam.id), staleTime: 0 })
    const theirs = toDraft(now, format)
    setBefore(theirs)
    setDraft(theirs)
    settle(now.rubric.version, words.taken)
  }
  const settle = (current: number, said: string) => {
    setVersion(current)
    setError(undefined)
    announce(said)
  }
  const sendByKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit()
  }
  const failed = error instanceof RequestFailed ? error : undefined
  const sentences: Readonly<Record<string, string>> = {
    'rubric-in-use': words.inUse,
    'version-conflict': words.conflict,
  }

  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => void submit(event)}
      onKeyDown={sendByKey}
      className="flex flex-col gap-8"
    >
      <RubricFields draft={draft} isChecked={isChecked} onChange={setDraft} />
      {error !== undefined && <Problem error={error} sentence={sentences[failed?.code ?? '']} />}
      {failed?.code === 'version-conflict' && (
        <div className="flex flex-wrap gap-2">
          <Button onClick={() => void takeTheirs()}>{words.takeTheirs}</Button>
          <Button onClick={() => settle(Number(failed.facts['currentVersion']), words.kept)}>
            {words.keepMine}
          </Button>
        </div>
      )}
      <div className="sticky bottom-0 -mx-4 flex flex-wrap items-center gap-3 border-line border-t bg-canvas px-4 py-3 sm:-mx-6 sm:px-6">
        <Button look="primary" type="submit" disabled={isSending || !isDirty}>
          {isSending ? words.saving : words.save}
        </Button>
        <span className="text-muted text-sm">{words.keyHint}</span>
      </div>
    </form>
  )
}

export const route = createLazyRoute('/signed-in/exams/$examId/rubric')({ component: Rubric })
