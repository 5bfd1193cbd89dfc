import { BookOpen } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { CopyView } from '../../src/copies/contract.ts'
import { addressOf } from '../shared/ask.ts'
import type { Account } from '../shared/session.ts'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import { useDeskWords } from './desk-words.ts'

const ReopenDialog = lazy(() =>
  import('./reopen-dialog.tsx').then((module) => ({ default: module.ReopenDialog })),
)

/** Says why nothing can be changed in a copy that is only read, and what can be done about it. */
export function ReadingBanner({ copy, account }: { copy: CopyView; account: Account }) {
  const words = useDeskWords()
  const [isReopening, setReopening] = useState(false)
  const isMarker = account.role === 'marker'
  const isGraded = copy.status === 'GRADED'
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
      {isGraded && account.role === 'admin' && (
        <Button size="small" onClick={() => setReopening(true)}>
          {words.readOnly.reopen}
        </Button>
      )}
      {isReopening && (
        <Suspense>
          <ReopenDialog copy={copy} onClose={() => setReopening(false)} />
        </Suspense>
      )}
    </div>
  )
}
