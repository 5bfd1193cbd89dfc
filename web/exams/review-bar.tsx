import { Undo2, X } from 'lucide-react'
import { useEffect } from 'react'
import type { CopyStatus } from '../../src/copies/contract.ts'
import { Problem } from '../shared/problem.tsx'
import { RequestFailed } from '../shared/request-failed.ts'
import { Button } from '../shared/ui/button.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { batchWords } from './batch-words.ts'
import { reviewWords } from './review-words.ts'
import type { Review } from './use-review.ts'

/** What was done last, with the way back; or why something was not done. It stays in sight while one scrolls. */
export function ReviewBar({ review }: { review: Review }) {
  const words = useWords(batchWords)
  const { undoKey, closeProblem } = useWords(reviewWords)
  const [last] = review.done
  const undo = () => {
    if (last) void review.undo(last, words.undone)
  }
  useUndoKey(undo)
  if (!last && review.error === undefined) return null
  return (
    <div className="sticky top-2 z-10 flex flex-col gap-2">
      {review.error !== undefined && (
        <div className="relative rounded-lg bg-surface shadow-float *:pe-14">
          <ReviewProblem error={review.error} />
          <Button
            look="quiet"
            size="icon"
            aria-label={closeProblem}
            onClick={review.forget}
            className="absolute end-1 top-1 p-0!"
          >
            <X aria-hidden className="size-4" />
          </Button>
        </div>
      )}
      {last && (
        <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-2 rounded-lg border border-line bg-surface p-3 shadow-float">
          <p className="min-w-0 text-sm">{last.sentence}</p>
          <Button
            size="small"
            data-undo
            aria-keyshortcuts="Control+Z"
            title={undoKey}
            aria-disabled={review.isBusy}
            onClick={undo}
          >
            <Undo2 aria-hidden className="size-4" />
            {words.undo}
          </Button>
        </div>
      )}
    </div>
  )
}

/** Ctrl or ⌘ with Z, except where it undoes what is typed, and while something is asked. */
function useUndoKey(undo: () => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey) || event.shiftKey) return
      if ((event.target as Element).closest('input, textarea, select, dialog')) return
      event.preventDefault()
      undo()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}

/** Why pages stay as they are, in words of this screen. */
function ReviewProblem({ error }: { error: unknown }) {
  const words = useWords(reviewWords)
  const { copyStatus } = useSharedWords()
  const sentenceOf = (failure: unknown): string | undefined => {
    if (!(failure instanceof RequestFailed)) return undefined
    const { code, facts } = failure
    if (code === 'version-conflict') return words.conflict
    if (code === 'copy-erased') return words.erased
    if (code === 'copy-not-complete') return words.importRuns
    if (code === 'review-not-possible') return words.refusals[facts['reason'] as keyof typeof words.refusals]
    if (code !== 'illegal-transition') return undefined
    return words.stateRefuses(copyStatus[facts['currentStatus'] as CopyStatus])
  }
  return <Problem error={error} sentence={sentenceOf(error)} />
}
