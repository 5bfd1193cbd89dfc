import { queryOptions, useQuery } from '@tanstack/react-query'
import { createLazyRoute, Link } from '@tanstack/react-router'
import { FileStack, ShieldCheck } from 'lucide-react'
import { ask } from '../shared/ask.ts'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { buttonClass } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { auditWords } from './audit-words.ts'

const examsQuery = queryOptions({
  queryKey: ['exams'],
  queryFn: async ({ signal }) => (await ask('GET /api/exams', { signal })).exams,
})

/** Where an auditor begins: the log as a whole, or an exam whose copies have logs of their own. */
export function AuditHome() {
  const words = useWords(auditWords)
  const format = useFormat()
  const exams = useQuery(examsQuery)
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        <Link to="/audit/log" className={buttonClass('primary')}>
          <ShieldCheck aria-hidden className="size-4" />
          {words.wholeLog}
        </Link>
      }
    >
      <h2 className="font-semibold text-lg">{words.exams}</h2>
      <Loaded query={exams}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon={FileStack} title={words.noExams}>
              {words.noExamsText}
            </Empty>
          ) : (
            <Table
              caption={words.exams}
              rows={list}
              keyOf={({ id }) => id}
              columns={[
                {
                  key: 'title',
                  title: words.examColumns.title,
                  isName: true,
                  cell: ({ id, title }) => (
                    <Link to="/audit/exams/$examId" params={{ examId: id }} className="link">
                      {title}
                    </Link>
                  ),
                },
                {
                  key: 'created',
                  title: words.examColumns.created,
                  cell: ({ createdAt }) => format.day(createdAt),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  )
}

export const route = createLazyRoute('/signed-in/audit')({ component: AuditHome })
