import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createLazyRoute, Link } from '@tanstack/react-router'
import { useEffect } from 'react'

import type { BatchView, CopyProblems, PageList } from '../../src/copies/contract.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { Section } from '../shared/ui/section.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { BatchCopies } from './batch-copies.tsx'
import { elementOfCopy } from './batch-copy.tsx'
import { BatchState } from './batch-table.tsx'
import { batchWords } from './batch-words.ts'
import { PageGrid } from './page-grid.tsx'
import { batchQuery, examQuery, isRunning, pagesQuery } from './queries.ts'
import { ReviewBar } from './review-bar.tsx'
import { reviewWords } from './review-words.ts'
import { type Scene, useReview } from './use-review.ts'

/** One scan: what somebody should look at comes first, then its copies, then what was discarded. */
function Batch() {
  const words = useWords(batchWords)
  const { batchId } = route.useParams()
  const batch = useQuery(batchQuery(batchId))
  const exam = useQuery({ ...examQuery(batch.data?.examId ?? ''), enabled: batch.isSuccess })
  return (
    <Page
      title={batch.data ? (batch.data.fileName ?? words.erased) : words.title}
      lead={exam.data?.title}
      actions={
        batch.data && (
          <Link to="/exams/$examId" params={{ examId: batch.data.examId }} className={buttonClass()}>
            {words.backToExam}
          </Link>
        )
      }
    >
      <Loaded query={batch}>{(loaded) => <Body batch={loaded} />}</Loaded>
    </Page>
  )
}

function Body({ batch }: { batch: BatchView }) {
  const words = useWords(batchWords)
  const isOver = !isRunning(batch)
  const all = useQuery({ ...pagesQuery(batch.id, 'all'), enabled: isOver })
  const odd = useQuery({ ...pagesQuery(batch.id, 'exceptions'), enabled: isOver })
  useRefreshAtTheEnd(batch)
  return (
    <div className="flex flex-col gap-8">
      <div className="flex max-w-md flex-col items-start gap-2 *:[div]:w-full">
        <BatchState batch={batch} />
        {!isOver && <p className="text-muted text-sm">{words.mayLeave}</p>}
        {batch.repaired && <p className="text-sm text-warn">{words.repaired}</p>}
      </div>
      {batch.status === 'FAILED' && <Failed examId={batch.examId} />}
      {batch.status === 'IMPORTED' && (
        <Loaded query={all}>
          {(pages) => (
            <Loaded query={odd}>
              {(exceptions) => <Check batch={batch} all={pages} odd={exceptions} />}
            </Loaded>
          )}
        </Loaded>
      )}
    </div>
  )
}

function Check({ batch, all, odd }: { batch: BatchView; all: PageList; odd: PageList }) {
  const words = useWords(batchWords)
  const { keys, scanErased } = useWords(reviewWords)
  const shared = useSharedWords()
  const review = useReview(batch.examId)
  const scene: Scene = { batch, list: all, review }
  const discarded = all.pages.filter(({ place }) => place === 'discarded')
  const oddCopies = odd.copies.filter(({ status, pages }) => status === 'STAGING' && pages > 0)
  // Of a copy that was validated somebody has seen them.
  const oddPages = odd.pages.filter(
    ({ copyId }) => (all.copies.find((copy) => copy.copyId === copyId)?.status ?? 'STAGING') === 'STAGING',
  )
  const isFine = oddPages.length === 0 && oddCopies.length === 0
  return (
    <>
      {batch.fileName === null && <p className="max-w-prose text-sm text-warn">{scanErased}</p>}
      <dl data-busy={review.isBusy} className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
        {(['scanned', 'filed', 'unresolved', 'discarded'] as const).map((name) => (
          <div key={name} className="flex flex-col">
            <dt className="text-muted">{words.counts[name]}</dt>
            <dd className="font-semibold text-lg tabular-nums">{all[name]}</dd>
          </div>
        ))}
      </dl>
      <ReviewBar review={review} />
      <Section
        title={words.toSee}
        lead={
          oddPages.length > 0 ? words.toSeeLead(shared.pages(oddPages.length)) : isFine && words.nothingToSee
        }
      >
        <OddCopies copies={oddCopies} />
        <PageGrid label={words.toSee} pages={oddPages} scene={scene} />
      </Section>
      <BatchCopies scene={scene} />
      {discarded.length > 0 && (
        <Section title={words.discarded} lead={words.discardedLead}>
          <PageGrid label={words.discarded} pages={discarded} scene={scene} />
        </Section>
      )}
      <p className="text-muted text-sm max-sm:hidden">{keys}</p>
    </>
  )
}

/** What is against copies in words, each with the way to it. */
function OddCopies({ copies }: { copies: readonly CopyProblems[] }) {
  const words = useWords(batchWords)
  const { wrong, adviceOn, show, showCopy } = useWords(reviewWords)
  const goTo = (copyId: string) => {
    const details = document.getElementById(elementOfCopy(copyId)) as HTMLDetailsElement | null
    if (!details) return
    details.open = true
    details.scrollIntoView({ block: 'start' })
    details.querySelector('summary')?.focus({ preventScroll: true })
  }
  if (copies.length === 0) return null
  return (
    <ul className="flex flex-col gap-2">
      {copies.map((copy) => (
        <li
          key={copy.copyId}
          className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3 text-sm"
        >
          <p className="min-w-0 max-w-prose flex-1 basis-64">
            <strong className="font-medium">{wrong(copy.anonymousId)}</strong>{' '}
            <span className="text-warn">{words.problemsOf(copy).join(' ')}</span> {adviceOn(copy)[0]}
          </p>
          <Button size="small" aria-label={showCopy(copy.anonymousId)} onClick={() => goTo(copy.copyId)}>
            {show}
          </Button>
        </li>
      ))}
    </ul>
  )
}

/** What comes after an import that failed. */
function Failed({ examId }: { examId: string }) {
  const words = useWords(reviewWords)
  return (
    <div className="flex max-w-prose flex-col items-start gap-3 text-sm">
      <p>{words.failed}</p>
      <p className="text-muted">{words.failedAgain}</p>
      <Link to="/exams/$examId/upload" params={{ examId }} className={buttonClass('primary')}>
        {words.upload}
      </Link>
    </div>
  )
}

/** The copies of the exam, and its list of scans, are others once the import has ended. */
function useRefreshAtTheEnd({ status, examId, id }: BatchView): void {
  const queries = useQueryClient()
  useEffect(() => {
    if (status !== 'IMPORTED') return
    void queries.invalidateQueries({ queryKey: ['exams', examId] })
    void queries.invalidateQueries({ queryKey: ['batches', id, 'pages'] })
  }, [queries, status, examId, id])
}

export const route = createLazyRoute('/signed-in/batches/$batchId')({ component: Batch })
