import { useQuery } from '@tanstack/react-query'
import { createLazyRoute, Link } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import type { ExamView } from '../../src/exams/contract.ts'
import { useFormat } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Page } from '../shared/page.tsx'
import { Badge } from '../shared/ui/badge.tsx'
import { buttonClass } from '../shared/ui/button.tsx'
import { Section } from '../shared/ui/section.tsx'
import { useWords } from '../shared/words.ts'
import { BatchTable } from './batch-table.tsx'
import { CodePattern } from './code-pattern.tsx'
import { ExamCopies } from './exam-copies.tsx'
import { ExamMarkers } from './exam-markers.tsx'
import { ExamNext } from './exam-next.tsx'
import { ExamRelease } from './exam-release.tsx'
import { examPageWords } from './exam-words.ts'
import { batchesQuery, copiesQuery, examQuery } from './queries.ts'

/** One exam: what is to be done now, its scans, its markers, what is released, its copies and its rubric. */
function Exam() {
  const words = useWords(examPageWords)
  const format = useFormat()
  const { examId } = route.useParams()
  const exam = useQuery(examQuery(examId))
  const releasedAt = exam.data?.release.releasedAt
  return (
    <Page
      title={exam.data?.title ?? words.exam}
      lead={
        exam.data && (
          <span className="flex flex-wrap items-center gap-2">
            {words.createdOn(format.day(exam.data.createdAt))}
            {releasedAt && <Badge tone="good">{words.releasedSince(format.day(releasedAt))}</Badge>}
          </span>
        )
      }
      actions={
        <Link to="/exams/$examId/upload" params={{ examId }} className={buttonClass('primary')}>
          <Upload aria-hidden className="size-4" />
          {words.upload}
        </Link>
      }
    >
      <Loaded query={exam}>{(loaded) => <Parts exam={loaded} />}</Loaded>
    </Page>
  )
}

function Parts({ exam }: { exam: ExamView }) {
  const words = useWords(examPageWords)
  const batches = useQuery(batchesQuery(exam.id))
  const copies = useQuery(copiesQuery(exam.id))
  return (
    <div className="flex flex-col gap-10">
      {batches.data && copies.data && <ExamNext exam={exam} batches={batches.data} copies={copies.data} />}
      <Section title={words.scans}>
        <Loaded query={batches}>{(all) => <BatchTable batches={all} examId={exam.id} />}</Loaded>
      </Section>
      <ExamCopies exam={exam} />
      <ExamMarkers exam={exam} />
      <ExamRelease exam={exam} />
      <Rubric exam={exam} />
      <CodePattern exam={exam} />
    </div>
  )
}

function Rubric({ exam: { id, rubric } }: { exam: ExamView }) {
  const words = useWords(examPageWords)
  const format = useFormat()
  return (
    <Section
      title={words.rubric}
      lead={words.rubricTotal(format.points(rubric.maxTotal))}
      actions={
        <Link to="/exams/$examId/rubric" params={{ examId: id }} className={buttonClass()}>
          {words.changeRubric}
        </Link>
      }
    >
      <ul className="flex flex-col rounded-lg border border-line bg-surface text-sm">
        {rubric.items.map((item) => (
          <li
            key={item.id}
            className={`flex justify-between gap-4 border-line px-4 py-2 not-first:border-t ${item.depth > 0 ? 'ps-8' : 'font-medium'}`}
          >
            <span className="min-w-0 break-words">{item.label}</span>
            {item.maxPoints !== null && (
              <span className="shrink-0 text-muted tabular-nums">
                {words.outOf(format.points(item.maxPoints), format.points(item.step ?? 0))}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Section>
  )
}

export const route = createLazyRoute('/signed-in/exams/$examId')({ component: Exam })
