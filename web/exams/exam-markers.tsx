import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ExamView } from '../../src/exams/contract.ts'
import { ask } from '../shared/ask.ts'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Section } from '../shared/ui/section.tsx'
import { Select } from '../shared/ui/select.tsx'
import { useWords } from '../shared/words.ts'
import { examPageWords } from './exam-words.ts'
import { accountsQuery, copiesQuery } from './queries.ts'
import { useAct } from './use-act.ts'

/** Who marks the exam, with how many copies each; no word of how fast. */
export function ExamMarkers({ exam }: { exam: ExamView }) {
  const words = useWords(examPageWords)
  const accounts = useQuery(accountsQuery)
  const copies = useQuery(copiesQuery(exam.id))
  const { act, isBusy, error } = useAct(['exams', exam.id])
  const [markerId, setMarkerId] = useState('')
  const all = accounts.data ?? []
  const free = all.filter(({ id, role }) => role === 'marker' && !exam.markers.includes(id))
  const copiesOf = (id: string) => copies.data?.filter((copy) => copy.assignedMarkerId === id).length ?? 0
  const add = async () => {
    const asked = { params: { examId: exam.id }, body: { markerId } }
    if (await act(() => ask('POST /api/exams/:examId/markers', asked), words.markerAdded)) setMarkerId('')
  }
  return (
    <Section title={words.markers} lead={words.markersLead}>
      {exam.markers.length === 0 ? (
        <p className="text-muted text-sm">{words.noMarkerYet}</p>
      ) : (
        <ul className="flex flex-col rounded-lg border border-line bg-surface text-sm">
          {exam.markers.map((id) => (
            <li key={id} className="flex justify-between gap-4 border-line px-4 py-2 not-first:border-t">
              <span>{all.find((account) => account.id === id)?.name ?? '…'}</span>
              <span className="text-muted tabular-nums">{words.copiesAssigned(copiesOf(id))}</span>
            </li>
          ))}
        </ul>
      )}
      {accounts.isSuccess && free.length > 0 && (
        <div className="flex flex-wrap items-end gap-2">
          <Select
            label={words.addMarkerLabel}
            value={markerId}
            onChange={(event) => setMarkerId(event.target.value)}
            className="w-72 max-w-full"
          >
            <option value="">{words.choose}</option>
            {free.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name} – {email}
              </option>
            ))}
          </Select>
          <Button disabled={markerId === '' || isBusy} onClick={() => void add()}>
            {words.addMarker}
          </Button>
        </div>
      )}
      {error !== undefined && <Problem error={error} />}
    </Section>
  )
}
