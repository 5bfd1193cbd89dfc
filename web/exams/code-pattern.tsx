import { type FormEvent, useState } from 'react'
import type { ExamView } from '../../src/exams/contract.ts'
import { type Answer, ask } from '../shared/ask.ts'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Field } from '../shared/ui/field.tsx'
import { Section } from '../shared/ui/section.tsx'
import { useWords } from '../shared/words.ts'
import { examPageWords } from './exam-words.ts'
import { useAct } from './use-act.ts'

/** How the sheets are coded, tried on the code of a real sheet. */
export function CodePattern({ exam }: { exam: ExamView }) {
  const words = useWords(examPageWords)
  const { act, isBusy, error } = useAct(['exams', exam.id])
  const [pattern, setPattern] = useState(exam.codePattern ?? '')
  const [sample, setSample] = useState('')
  const [read, setRead] = useState<Answer<'PUT /api/exams/:examId/code-pattern'>>()
  const save = (event: FormEvent) => {
    event.preventDefault()
    const body = pattern.trim() === '' ? { pattern: null } : { pattern: pattern.trim(), sample }
    void act(async () => {
      setRead(await ask('PUT /api/exams/:examId/code-pattern', { params: { examId: exam.id }, body }))
    }, words.codeSaved)
  }
  return (
    <Section title={words.codes} lead={exam.codePattern ? words.codesAre(exam.codePattern) : words.noCodes}>
      <details>
        <summary className="min-h-6 cursor-pointer text-sm">{words.changeCodes}</summary>
        <form onSubmit={save} className="mt-3 flex flex-col items-start gap-4">
          <div className="flex w-full flex-wrap gap-4">
            <Field
              label={words.pattern}
              hint={words.patternHint}
              placeholder="{exam}-{copy}-{page}"
              value={pattern}
              onChange={(event) => setPattern(event.target.value)}
              maxLength={64}
              autoComplete="off"
              spellCheck={false}
              className="w-80 max-w-full"
            />
            <Field
              label={words.sample}
              hint={words.sampleHint}
              value={sample}
              onChange={(event) => setSample(event.target.value)}
              maxLength={256}
              autoComplete="off"
              spellCheck={false}
              className="w-80 max-w-full"
            />
          </div>
          <Button type="submit" disabled={isBusy}>
            {words.saveCodes}
          </Button>
          <p role="status" className="text-sm">
            {read && error === undefined && (read.pattern ? words.codeRead(read) : words.codesRemoved)}
          </p>
          {error !== undefined && <Problem error={error} />}
        </form>
      </details>
    </Section>
  )
}
