import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { useDeskWords } from './desk-words.ts'
import { isFree, type Reasons } from './finish-reasons.ts'
import { NotSaved } from './not-saved.ts'

type FinishProps = {
  reasons: Reasons
  hasNext: boolean
  isFinishing: boolean
  error: unknown
  onFinish: () => void
}

/** The way on; while it is closed, what is missing stands beside it. */
export function Finish({ reasons, hasNext, isFinishing, error, onFinish }: FinishProps) {
  const words = useDeskWords()
  const { misfits, unscored, unseen, unsaved } = reasons
  const labelsOf = (questions: Reasons['unscored']) => questions.map(({ label }) => label).join(', ')
  const missing = [
    misfits.length > 0 && words.reasons.misfit(labelsOf(misfits)),
    unscored.length > 0 && words.reasons.unscored(labelsOf(unscored)),
    unseen.length > 0 && words.reasons.unseen(unseen),
    unsaved && words.reasons[unsaved],
  ].filter(Boolean)
  const isClosed = !isFree(reasons)
  return (
    <div className="flex flex-col gap-2 border-line border-t p-3">
      {error !== undefined && (
        <Problem error={error} sentence={error instanceof NotSaved ? words.notSaved : undefined} />
      )}
      {isClosed && (
        <p id="finish-reasons" className="text-sm text-warn">
          {missing.join(' ')}
        </p>
      )}
      <Button
        id="finish"
        look="primary"
        aria-describedby={isClosed ? 'finish-reasons' : undefined}
        aria-disabled={isClosed || isFinishing}
        className={`min-h-11 ${isClosed ? 'cursor-not-allowed opacity-60' : ''}`}
        onClick={onFinish}
      >
        {isFinishing ? words.finishing : hasNext ? words.finish : words.finishLast}
      </Button>
    </div>
  )
}
