import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ask } from '../shared/ask.ts'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { useDeskWords } from './desk-words.ts'

/** A copy whose marked PDF could not be made: try again, or go on marking. */
export function FailedCopy({ copyId }: { copyId: string }) {
  const words = useDeskWords()
  const queries = useQueryClient()
  const params = { copyId }
  const act = useMutation({
    mutationFn: async (how: 'retry' | 'unlock') => {
      if (how === 'retry') await ask('POST /api/copies/:copyId/retry', { params })
      else await ask('POST /api/copies/:copyId/unlock', { params })
    },
    onSuccess: () => queries.invalidateQueries(),
  })
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-3 bg-bad-soft px-4 py-2 text-sm">
      <p className="min-w-0 flex-1">{words.failedTitle}</p>
      {act.isError && <Problem error={act.error} />}
      <Button size="small" disabled={act.isPending} onClick={() => act.mutate('retry')}>
        {words.finalizeAgain}
      </Button>
      <Button size="small" disabled={act.isPending} onClick={() => act.mutate('unlock')}>
        {words.correct}
      </Button>
    </div>
  )
}
