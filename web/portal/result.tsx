import { useQuery } from '@tanstack/react-query'
import { createLazyRoute, Link } from '@tanstack/react-router'
import { Download, Printer } from 'lucide-react'
import type { ResultView } from '../../src/marking/contract.ts'
import { addressOf, ask } from '../shared/ask.ts'
import { useFormat } from '../shared/format.ts'
import { Page } from '../shared/page.tsx'
import { Problem } from '../shared/problem.tsx'
import { RequestFailed } from '../shared/request-failed.ts'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { Section } from '../shared/ui/section.tsx'
import { Skeleton } from '../shared/ui/waiting.tsx'
import { useWords } from '../shared/words.ts'
import { MarkedPage } from './marked-page.tsx'
import { numberComments } from './number-comments.ts'
import { QuestionRemarks } from './question-remarks.tsx'
import { ScoreTable } from './score-table.tsx'
import { portalWords } from './words.ts'

/** One marked copy for its student: the score, what was said of it, question by question, then the pages as marked. */
function Result() {
  const words = useWords(portalWords)
  const { copyId } = route.useParams()
  const result = useQuery({
    queryKey: ['results', copyId],
    queryFn: ({ signal }) => ask('GET /api/my/results/:copyId', { params: { copyId }, signal }),
  })
  if (result.isError) return <Unreadable error={result.error} onRetry={() => void result.refetch()} />
  return (
    <Page
      title={result.data?.examTitle ?? words.copy}
      lead={result.data && words.anonymous(result.data.anonymousId)}
      actions={
        result.data && (
          <div className="flex flex-wrap gap-2 print:hidden">
            <a
              href={addressOf('/api/my/results/:copyId/marked', { copyId })}
              download
              className={buttonClass('primary')}
            >
              <Download aria-hidden className="size-4" />
              {words.download}
            </a>
            <Button onClick={() => window.print()}>
              <Printer aria-hidden className="size-4" />
              {words.print}
            </Button>
          </div>
        )
      }
    >
      {result.data ? <Copy result={result.data} /> : <Skeleton />}
    </Page>
  )
}

/** Not released, somebody else's, or none: the API does not tell which, and neither does this. */
function Unreadable({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const words = useWords(portalWords)
  const isClosed = error instanceof RequestFailed && error.status === 403
  return (
    <Page title={isClosed ? words.closed : words.copy} lead={isClosed && words.closedText}>
      {!isClosed && <Problem error={error} onRetry={onRetry} />}
      <Link to="/" className={`${buttonClass()} self-start`}>
        {words.back}
      </Link>
    </Page>
  )
}

function Copy({ result }: { result: ResultView }) {
  const words = useWords(portalWords)
  const format = useFormat()
  const numbers = numberComments(result.annotations)
  return (
    <div className="flex flex-col gap-8">
      <p className="flex flex-col">
        <span className="text-muted text-sm">{words.score}</span>
        <strong className="font-semibold text-3xl tabular-nums">
          {words.outOf(format.points(result.finalScore), format.points(result.maxTotal))}
        </strong>
      </p>
      {result.comment !== null && (
        <Section title={words.comment}>
          <p className="max-w-prose whitespace-pre-line break-words">{result.comment}</p>
        </Section>
      )}
      <Section title={words.byQuestion}>
        <ScoreTable result={result} />
        <QuestionRemarks result={result} />
      </Section>
      <Section title={words.pages} lead={words.pagesLead}>
        <ol className="flex flex-col gap-8">
          {result.pages.map((page) => (
            <li key={page.pageNumber} className="print:break-inside-avoid-page">
              <MarkedPage result={result} page={page} numbers={numbers} />
            </li>
          ))}
        </ol>
      </Section>
    </div>
  )
}

export const route = createLazyRoute('/signed-in/results/$copyId')({ component: Result })
