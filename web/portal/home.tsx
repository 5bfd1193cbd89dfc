import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronRight, ScrollText } from 'lucide-react'
import { ask } from '../shared/ask.ts'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { useWords } from '../shared/words.ts'
import { portalWords } from './words.ts'

/** The home of students: their marked copies, once an exam is released. */
export function StudentHome() {
  const words = useWords(portalWords)
  const format = useFormat()
  const results = useQuery({
    queryKey: ['results'],
    queryFn: async ({ signal }) => (await ask('GET /api/my/results', { signal })).copies,
  })
  return (
    <Page title={words.title}>
      <Loaded query={results}>
        {(copies) =>
          copies.length === 0 ? (
            <Empty icon={ScrollText} title={words.emptyTitle}>
              {words.emptyText}
            </Empty>
          ) : (
            <ul className="flex flex-col gap-2">
              {copies.map(({ copyId, examTitle, releasedAt }) => (
                <li key={copyId}>
                  <Link
                    to="/results/$copyId"
                    params={{ copyId }}
                    className="flex items-center justify-between gap-4 rounded-lg border border-line bg-surface p-4 hover:bg-sunken"
                  >
                    <span className="flex min-w-0 flex-col">
                      <span className="break-words font-medium">{examTitle}</span>
                      <span className="text-muted text-sm">{words.releasedOn(format.day(releasedAt))}</span>
                    </span>
                    <ChevronRight aria-hidden className="size-5 shrink-0 text-muted" />
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  )
}
