import { BookOpen } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { CopyStatus, CopyView } from '../../src/copies/contract.ts'
import { addressOf } from '../shared/ask.ts'
import type { Account } from '../shared/session.ts'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { useDeskWords } from './desk-words.ts'
import type { StepIn } from './step-in-dialog.tsx'

const StepInDialog = lazy(() =>
  import('./step-in-dialog.tsx').then((module) => ({ default: module.StepInDialog })),
)
/** By the state of the copy. */
const STEPS_IN: Partial<Record<CopyStatus, StepIn>> = { GRADED: 'reopen', LOCKED: 'force-release' }

/** Says why nothing can be changed in a copy that is only read, and what can be done about it. */
export function ReadingBanner({ copy, account }: { copy: CopyView; account: Account }) {
  const words = useDeskWords()
  const [isOpen, setOpen] = useState(false)
  const isMarker = account.role === 'marker'
  const isGraded = copy.status === 'GRADED'
  const stepIn = account.role === 'admin' ? STEPS_IN[copy.status] : undefined
  // What its marker has just finished goes on by itself.
  if (isMarker && (copy.status === 'READY' || copy.status === 'LOCKED')) return null
  const why =
    isGraded && isMarker ? words.readOnly.gradedAskAdministration : words.readOnly.because[copy.status]
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 bg-accent-soft px-4 py-2 text-sm">
      <BookOpen aria-hidden className="size-5 shrink-0 text-accent" />
      <p className="min-w-0 flex-1">
        <strong>{words.reading}.</strong> {why}
      </p>
      {isGraded && (
        <a
          className={buttonClass('secondary', 'small')}
          href={addressOf('/api/copies/:copyId/marked', { copyId: copy.id })}
          download
        >
          {words.readOnly.markedPdf}
        </a>
      )}
      {stepIn && (
        <Button size="small" onClick={() => setOpen(true)}>
          {words.stepIn[stepIn].act}
        </Button>
      )}
      {stepIn && isOpen && (
        <Suspense>
          <StepInDialog copy={copy} how={stepIn} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}
