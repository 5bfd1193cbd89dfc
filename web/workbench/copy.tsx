import { useQuery } from '@tanstack/react-query'
import { createLazyRoute, Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { type ReactNode, Suspense } from 'react'
import { OfflineNotice } from '../shared/offline.tsx'
import { usePageTitle } from '../shared/page.tsx'
import { Problem } from '../shared/problem.tsx'
import { useAccount } from '../shared/session.ts'
import { Skeleton } from '../shared/ui/waiting.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { deskQuery } from './sheet-query.ts'
import { workbenchWords } from './words.ts'
import { Workbench } from './workbench.tsx'

/** A copy on the workbench: to mark for its marker, to read for the others. */
function Copy() {
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
    <NoCopyYet>
      {isError ? <Problem error={error} onRetry={() => void refetch()} /> : <Skeleton lines={6} />}
    </NoCopyYet>
  )
}

/** While there is no copy to show, or none can be had: where one is, and the way back. */
function NoCopyYet({ children }: { children: ReactNode }) {
  const { copy } = useWords(workbenchWords)
  const { nav } = useSharedWords()
  const title = copy('').trim()
  usePageTitle(title)
  return (
    <>
      <OfflineNotice />
      <div className="mx-auto flex w-full max-w-5xl flex-col gap-6 p-6">
        <Link to="/" className="inline-flex min-h-10 items-center gap-1 self-start text-accent text-sm">
          <ChevronLeft aria-hidden className="size-4" />
          {nav.home}
        </Link>
        <h1 className="sr-only">{title}</h1>
        {children}
      </div>
    </>
  )
}

export const route = createLazyRoute('/signed-in/copies/$copyId')({ component: Copy })
