import { useQuery } from '@tanstack/react-query'
import { createLazyRoute } from '@tanstack/react-router'
import { Suspense } from 'react'
import { Problem } from '../shared/problem.tsx'
import { useAccount } from '../shared/session.ts'
import { Skeleton } from '../shared/ui/waiting.tsx'
import { useWords } from '../shared/words.ts'
import { deskQuery } from './sheet-query.ts'
import { workbenchWords } from './words.ts'
import { Workbench } from './workbench.tsx'

/** A copy on the workbench: to mark for its marker, to read for the others. */
function Copy() {
  const words = useWords(workbenchWords)
  const { copyId } = route.useParams()
  const account = useAccount()
  const { data, error, isError, refetch } = useQuery({ ...deskQuery(copyId), refetchOnWindowFocus: false })
  if (data && account)
    return (
      <Suspense fallback={<Skeleton lines={6} />}>
        <Workbench data={data} account={account} />
      </Suspense>
    )
  return (
    <div className="mx-auto flex w-full max-w-5xl flex-col gap-6 p-6">
      <h1 className="sr-only">{words.copy('')}</h1>
      {isError ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton lines={6} />}
    </div>
  )
}

export const route = createLazyRoute('/signed-in/copies/$copyId')({ component: Copy })
