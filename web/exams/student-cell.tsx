import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { CopyView } from '../../src/copies/contract.ts'
import { ask } from '../shared/ask.ts'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { Select } from '../shared/ui/select.tsx'
import { useWords } from '../shared/words.ts'
import { examPageWords } from './exam-words.ts'
import { accountsQuery, studentsQuery } from './queries.ts'
import { useAct } from './use-act.ts'

/** Whose copy it is: says it, or takes it back. */
export function StudentCell({ copy, examId }: { copy: CopyView; examId: string }) {
  const words = useWords(examPageWords)
  const students = useQuery(studentsQuery(examId))
  const { act, isBusy, error } = useAct(['exams', examId, 'students'])
  const [isOpen, setOpen] = useState(false)
  if (copy.erasedAt || !students.data) return null
  const student = students.data.find(({ copyId }) => copyId === copy.id)
  const unlink = () =>
    act(() => ask('DELETE /api/copies/:copyId/student', { params: { copyId: copy.id } }), words.unlinked)
  return (
    <div className="flex flex-wrap items-center gap-2">
      {student ? (
        <>
          <span>{student.name}</span>
          <Button
            look="quiet"
            size="small"
            disabled={isBusy}
            aria-label={words.unlinkFrom(student.name, copy.anonymousId)}
            onClick={() => void unlink()}
          >
            {words.unlink}
          </Button>
        </>
      ) : (
        <Button size="small" aria-label={words.linkOf(copy.anonymousId)} onClick={() => setOpen(true)}>
          {words.link}
        </Button>
      )}
      {error !== undefined && <Problem error={error} />}
      {isOpen && <LinkDialog copy={copy} examId={examId} onClose={() => setOpen(false)} />}
    </div>
  )
}

function LinkDialog({ copy, examId, onClose }: { copy: CopyView; examId: string; onClose: () => void }) {
  const words = useWords(examPageWords)
  const accounts = useQuery(accountsQuery)
  const students = useQuery(studentsQuery(examId))
  const { act, isBusy, error } = useAct(['exams', examId, 'students'])
  const [accountId, setAccountId] = useState('')
  const taken = new Set(students.data?.map((student) => student.accountId))
  const free = (accounts.data ?? [])
    .filter(({ id, role }) => role === 'student' && !taken.has(id))
    .toSorted((a, b) => a.name.localeCompare(b.name))
  const link = async () => {
    const asked = { params: { copyId: copy.id }, body: { accountId } }
    if (await act(() => ask('PUT /api/copies/:copyId/student', asked), words.linked)) onClose()
  }
  return (
    <Dialog
      isOpen
      title={words.linkTitle(copy.anonymousId)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button look="primary" disabled={accountId === '' || isBusy} onClick={() => void link()}>
            {words.link}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">{words.linkText}</p>
        {accounts.isSuccess && free.length === 0 ? (
          <p className="text-sm">{words.noStudentLeft}</p>
        ) : (
          <Select
            label={words.columns.student}
            value={accountId}
            onChange={(event) => setAccountId(event.target.value)}
          >
            <option value="">{words.choose}</option>
            {free.map(({ id, name, email }) => (
              <option key={id} value={id}>
                {name} – {email}
              </option>
            ))}
          </Select>
        )}
        {error !== undefined && <Problem error={error} />}
      </div>
    </Dialog>
  )
}
