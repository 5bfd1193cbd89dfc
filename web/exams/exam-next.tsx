import { Link } from '@tanstack/react-router'
import { ArrowRight } from 'lucide-react'
import type { BatchView, CopyView } from '../../src/copies/contract.ts'
import type { ExamView } from '../../src/exams/contract.ts'
import { useSharedWords, useWords } from '../shared/words.ts'
import { examPageWords } from './exam-words.ts'
import { nextStepOf } from './next-step.ts'

type ExamNextProps = { exam: ExamView; batches: readonly BatchView[]; copies: readonly CopyView[] }

/** Says what the exam waits for, with the way there. */
export function ExamNext(known: ExamNextProps) {
  const words = useWords(examPageWords)
  const shared = useSharedWords()
  const step = nextStepOf(known)
  if (!step) return null
  const { next } = words
  const params = { examId: known.exam.id }
  const sentence = () => {
    switch (step.kind) {
      case 'check':
        return step.copies > 0 ? next.check(step.copies) : next.place(shared.pages(step.pages))
      case 'share-out':
      case 'failed':
        return next[step.kind](step.copies)
      case 'marking':
        return next.marking(step.done, step.all)
      default:
        return next[step.kind]
    }
  }
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg bg-accent-soft px-4 py-3 text-sm">
      <ArrowRight aria-hidden className="size-4 shrink-0 text-accent" />
      <strong>{next.title}</strong>
      <span>{sentence()}</span>
      {step.kind === 'upload' && (
        <Link to="/exams/$examId/upload" params={params} className="link">
          {words.upload}
        </Link>
      )}
      {step.kind === 'check' && (
        <Link to="/batches/$batchId" params={{ batchId: step.batchId }} className="link">
          {next.openScan}
        </Link>
      )}
    </p>
  )
}
