import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import type { ExamView } from '../../src/exams/contract.ts'
import { addressOf, ask } from '../shared/ask.ts'
import { useFormat } from '../shared/format.ts'
import { Problem } from '../shared/problem.tsx'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { Section } from '../shared/ui/section.tsx'
import { useWords } from '../shared/words.ts'
import { examPageWords } from './exam-words.ts'
import { copiesQuery, studentsQuery } from './queries.ts'
import { useAct } from './use-act.ts'

/** Whether students read their copies, and the exports. To release is confirmed: it cannot be unread. */
export function ExamRelease({ exam }: { exam: ExamView }) {
  const words = useWords(examPageWords)
  const format = useFormat()
  const { act, isBusy, error } = useAct(['exams'])
  const [isAsking, setAsking] = useState(false)
  const copies = useQuery(copiesQuery(exam.id)).data ?? []
  const students = useQuery(studentsQuery(exam.id)).data ?? []
  const graded = copies.filter(({ status }) => status === 'GRADED')
  const unmarked = copies.filter(({ status, erasedAt }) => status !== 'GRADED' && !erasedAt).length
  const readable = graded.filter(({ id }) => students.some(({ copyId }) => copyId === id)).length
  const { releasedAt, version } = exam.release
  const change = async (isReleased: boolean) => {
    const asked = { params: { examId: exam.id }, body: { isReleased }, version }
    await act(
      () => ask('PUT /api/exams/:examId/release', asked),
      isReleased ? words.released : words.withdrawn,
    )
    setAsking(false)
  }
  return (
    <Section title={words.results} lead={words.resultsLead}>
      <div className="flex flex-col items-start gap-3 rounded-lg border border-line bg-surface p-4">
        <p className="text-sm">
          {releasedAt ? words.isReleased(format.instant(releasedAt)) : words.isNotReleased}{' '}
          {words.readable(readable, graded.length)}
        </p>
        {releasedAt ? (
          <Button look="danger" disabled={isBusy} onClick={() => void change(false)}>
            {words.withdraw}
          </Button>
        ) : (
          <Button look="primary" disabled={isBusy || graded.length === 0} onClick={() => setAsking(true)}>
            {words.release}
          </Button>
        )}
        {error !== undefined && <Problem error={error} />}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <a
          href={addressOf('/api/exams/:examId/exports/scores', { examId: exam.id })}
          download
          className={buttonClass()}
        >
          <Download aria-hidden className="size-4" />
          {words.exportScores}
        </a>
      </div>
      {graded.length > 0 && (
        <details>
          <summary className="min-h-6 cursor-pointer text-sm">{words.markedPdfs(graded.length)}</summary>
          <ul className="mt-2 flex flex-wrap gap-2">
            {graded.map(({ id, anonymousId }) => (
              <li key={id}>
                <a
                  href={addressOf('/api/copies/:copyId/marked', { copyId: id })}
                  download
                  className={buttonClass('secondary', 'small')}
                >
                  {anonymousId}
                </a>
              </li>
            ))}
          </ul>
        </details>
      )}
      <Dialog
        isOpen={isAsking}
        title={words.releaseTitle}
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{words.cancel}</Button>
            <Button look="primary" disabled={isBusy} onClick={() => void change(true)}>
              {words.release}
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-2 text-sm">
          <p>{words.readable(readable, graded.length)}</p>
          {readable === 0 ? <p className="text-bad">{words.nobodyReads}</p> : <p>{words.releaseText}</p>}
          {unmarked > 0 && <p className="text-warn">{words.stillUnmarked(unmarked)}</p>}
        </div>
      </Dialog>
    </Section>
  )
}
