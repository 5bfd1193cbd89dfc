import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { FileStack } from 'lucide-react'
import type { ExamProgress } from '../../src/copies/contract.ts'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { useAccount } from '../shared/session.ts'
import { Badge } from '../shared/ui/badge.tsx'
import { buttonClass } from '../shared/ui/button.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { type Column, Table } from '../shared/ui/table.tsx'
import { useWords } from '../shared/words.ts'
import { examProgressQuery, examsQuery } from './queries.ts'
import { examWords } from './words.ts'

/** The exams, as the API lists them; `limit` of them on a home page. */
export function ExamTable({ limit = Number.POSITIVE_INFINITY }: { limit?: number }) {
  const words = useWords(examWords)
  const format = useFormat()
  const isAdmin = useAccount()?.role === 'admin'
  const exams = useQuery(examsQuery)
  const progress = useQuery({ ...examProgressQuery, enabled: isAdmin })
  return (
    <Loaded query={exams}>
      {(all) =>
        all.length === 0 ? (
          <Empty icon={FileStack} title={words.emptyTitle} action={isAdmin && <NewExamLink />}>
            {words.emptyText}
          </Empty>
        ) : (
          <Table
            caption={words.title}
            rows={all.slice(0, limit)}
            keyOf={({ id }) => id}
            columns={[
              {
                key: 'title',
                title: words.columns.title,
                isName: true,
                cell: ({ id, title }) =>
                  isAdmin ? (
                    <Link to="/exams/$examId" params={{ examId: id }} className="link">
                      {title}
                    </Link>
                  ) : (
                    title
                  ),
              },
              ...(isAdmin ? progressColumns(words, progress.data) : []),
              {
                key: 'released',
                title: words.columns.released,
                cell: ({ releasedAt }) =>
                  releasedAt ? (
                    <Badge tone="good">{words.released}</Badge>
                  ) : (
                    <span className="text-muted">{words.notReleased}</span>
                  ),
              },
              {
                key: 'created',
                title: words.columns.created,
                cell: ({ createdAt }) => <time dateTime={createdAt}>{format.day(createdAt)}</time>,
              },
            ]}
          />
        )
      }
    </Loaded>
  )
}

/** How many copies are marked, and what waits for an administrator. */
function progressColumns(
  words: (typeof examWords)['fr'],
  progress: ReadonlyMap<string, ExamProgress> | undefined,
): readonly Column<{ readonly id: string }>[] {
  return [
    {
      key: 'marked',
      title: words.columns.marked,
      isNumber: true,
      cell: ({ id }) => {
        const known = progress?.get(id)
        return known && known.copies > 0 ? words.markedOf(known.graded, known.copies) : '–'
      },
    },
    {
      key: 'toDo',
      title: words.columns.toDo,
      cell: ({ id }) => {
        const { unresolvedPages = 0, failed = 0, staging = 0 } = progress?.get(id) ?? {}
        if (failed > 0) return <Badge tone="bad">{words.failed(failed)}</Badge>
        if (unresolvedPages > 0) return <Badge tone="warn">{words.unresolved(unresolvedPages)}</Badge>
        return staging > 0 ? <Badge tone="accent">{words.toValidate(staging)}</Badge> : null
      },
    },
  ]
}

/** The way to a new exam, for administrators. */
export function NewExamLink() {
  const words = useWords(examWords)
  return (
    <Link to="/exams/new" className={buttonClass('primary')}>
      {words.create}
    </Link>
  )
}
