import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Files } from 'lucide-react'
import { useState } from 'react'
import type { CopyStatus, CopyView } from '../../src/copies/contract.ts'
import type { ExamView } from '../../src/exams/contract.ts'
import { ask } from '../shared/ask.ts'
import { CopyStatusBadge } from '../shared/copy-status.tsx'
import { Loaded } from '../shared/loaded.tsx'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { Section } from '../shared/ui/section.tsx'
import { Table } from '../shared/ui/table.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { examPageWords } from './exam-words.ts'
import { accountsQuery, copiesQuery } from './queries.ts'
import { StudentCell } from './student-cell.tsx'
import { useAct } from './use-act.ts'

/** The copies of an exam by state, who marks each, and whose it is. */
export function ExamCopies({ exam }: { exam: ExamView }) {
  const words = useWords(examPageWords)
  const copies = useQuery(copiesQuery(exam.id))
  return (
    <Section title={words.copies} actions={copies.data && <Dispatch exam={exam} copies={copies.data} />}>
      <Loaded query={copies}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon={Files} title={words.noCopy}>
              {words.noCopyText}
            </Empty>
          ) : (
            <Copies copies={all} examId={exam.id} />
          )
        }
      </Loaded>
    </Section>
  )
}

function Copies({ copies, examId }: { copies: readonly CopyView[]; examId: string }) {
  const words = useWords(examPageWords)
  const accounts = useQuery(accountsQuery)
  const [shown, setShown] = useState<CopyStatus>()
  const nameOf = (id: string | null) =>
    id === null ? words.noMarker : (accounts.data?.find((account) => account.id === id)?.name ?? '…')
  return (
    <>
      <StateFilter copies={copies} shown={shown} onShow={setShown} />
      <Table
        caption={words.copies}
        rows={copies.filter(({ status }) => shown === undefined || status === shown)}
        keyOf={({ id }) => id}
        columns={[
          {
            key: 'copy',
            title: words.columns.copy,
            isName: true,
            cell: ({ id, anonymousId }) => (
              <Link
                to="/copies/$copyId"
                params={{ copyId: id }}
                className="link whitespace-nowrap tabular-nums"
              >
                {anonymousId}
              </Link>
            ),
          },
          {
            key: 'state',
            title: words.columns.state,
            cell: ({ status }) => <CopyStatusBadge status={status} />,
          },
          { key: 'pages', title: words.columns.pages, isNumber: true, cell: ({ pages }) => pages },
          {
            key: 'marker',
            title: words.columns.marker,
            cell: ({ assignedMarkerId }) => (
              <span className={assignedMarkerId ? '' : 'text-muted'}>{nameOf(assignedMarkerId)}</span>
            ),
          },
          {
            key: 'student',
            title: words.columns.student,
            cell: (copy) => <StudentCell copy={copy} examId={examId} />,
          },
        ]}
      />
    </>
  )
}

type FilterProps = {
  copies: readonly CopyView[]
  shown: CopyStatus | undefined
  onShow: (status: CopyStatus | undefined) => void
}

/** How many copies are in each state; a press shows those alone. */
function StateFilter({ copies, shown, onShow }: FilterProps) {
  const words = useWords(examPageWords)
  const shared = useSharedWords()
  const count = (status: CopyStatus) => copies.filter((copy) => copy.status === status).length
  const present = (Object.keys(shared.copyStatus) as CopyStatus[]).filter((status) => count(status) > 0)
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">{words.byState}</legend>
      {[undefined, ...present].map((status) => (
        <button
          key={status ?? 'all'}
          type="button"
          aria-pressed={shown === status}
          onClick={() => onShow(status)}
          className="inline-flex min-h-8 cursor-pointer items-center gap-2 rounded-full border border-edge bg-surface px-3 text-sm hover:bg-sunken aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:font-medium aria-pressed:text-accent"
        >
          {status ? shared.copyStatus[status] : words.allStates}
          <span className="tabular-nums">{status ? count(status) : copies.length}</span>
        </button>
      ))}
    </fieldset>
  )
}

function Dispatch({ exam, copies }: { exam: ExamView; copies: readonly CopyView[] }) {
  const words = useWords(examPageWords)
  const { act, isBusy, error } = useAct(['exams', exam.id])
  const waiting = copies.filter(
    (copy) => !copy.assignedMarkerId && copy.status === 'READY' && !copy.erasedAt,
  ).length
  if (waiting === 0) return null
  const dispatch = () =>
    act(
      () => ask('POST /api/exams/:examId/dispatch', { params: { examId: exam.id } }),
      words.dispatched(waiting),
    )
  return (
    <div className="flex flex-col items-end gap-2">
      <Button look="primary" disabled={isBusy || exam.markers.length === 0} onClick={() => void dispatch()}>
        {words.dispatch(waiting)}
      </Button>
      {exam.markers.length === 0 && <span className="text-muted text-sm">{words.dispatchNeedsMarkers}</span>}
      {error !== undefined && <Problem error={error} />}
    </div>
  )
}
