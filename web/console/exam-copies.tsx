import { queryOptions, useQuery } from '@tanstack/react-query'
import { createLazyRoute, getRouteApi, Link } from '@tanstack/react-router'
import { Files } from 'lucide-react'
import { ask } from '../shared/ask.ts'
import { CopyStatusBadge } from '../shared/copy-status.tsx'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { auditWords } from './audit-words.ts'

const { useParams } = getRouteApi('/signed-in/audit/exams/$examId')

const copiesQuery = (examId: string) =>
  queryOptions({
    queryKey: ['audit', 'exam', examId],
    queryFn: async ({ signal }) =>
      (await ask('GET /api/exams/:examId/copies', { params: { examId }, signal })).copies,
  })

/** The copies of an exam, each with the way to its log. */
function ExamCopies() {
  const { examId } = useParams()
  const words = useWords(auditWords)
  const format = useFormat()
  const copies = useQuery(copiesQuery(examId))
  return (
    <Page title={words.copiesOf}>
      <Loaded query={copies}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={Files} title={words.noCopies}>
              {words.noCopiesText}
            </Empty>
          ) : (
            <Table
              caption={words.copiesOf}
              rows={list}
              keyOf={({ id }) => id}
              columns={[
                {
                  key: 'copy',
                  title: words.copyColumns.copy,
                  isName: true,
                  cell: ({ id, anonymousId }) => (
                    <Link to="/audit/copies/$copyId" params={{ copyId: id }} className="link">
                      {anonymousId}
                    </Link>
                  ),
                },
                {
                  key: 'status',
                  title: words.copyColumns.status,
                  cell: ({ status }) => <CopyStatusBadge status={status} />,
                },
                {
                  key: 'changed',
                  title: words.copyColumns.changed,
                  cell: ({ statusChangedAt }) => format.instant(statusChangedAt),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  )
}

export const route = createLazyRoute('/signed-in/audit/exams/$examId')({ component: ExamCopies })
