import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { useDeskWords } from './desk-words.ts'
import type { Reasons } from './finish-reasons.ts'

type FinishProps = {
  reasons: Reasons
  isOffline: boolean
  hasNext: boolean
  isFinishing: boolean
  error: unknown
  onFinish: () => void
}

/** The way on; while it is closed, what is missing stands beside it. */
export function Finish({ reasons, isOffline, hasNext, isFinishing, error, onFinish }: FinishProps) {
  const words = useDeskWords()
  const { unscored, unseen } = reasons
  const missing = [
    unscored.length > 0 ? words.reasons.unscored(unscored.join(', ')) : '',
    unseen.length > 0 ? words.reasons.unseen(unseen) : '',
    isOffline ? words.reasons.offline : '',
  ].filter(Boolean)
  return (
    <div className="flex flex-col gap-2 border-line border-t p-3">
      {error !== undefined && <Problem error={error} />}
      {missing.length > 0 && (
        <p id="finish-reasons" className="text-sm text-warn">
          {missing.join(' ')}
        </p>
      )}
      <Button
        id="finish"
        look="primary"
        aria-describedby={missing.length > 0 ? 'finish-reasons' : undefined}
        aria-disabled={missing.length > 0 || isFinishing}
        className={`min-h-11 ${missing.length > 0 ? 'cursor-not-allowed opacity-60' : ''}`}
        onClick={onFinish}
      >
        {isFinishing ? words.finishing : hasNext ? words.finish : words.finishLast}
      </Button>
    </div>
  )
}
