import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Lock } from 'lucide-react'
import type { ReactNode } from 'react'
import { ask } from '../shared/ask.ts'
import { useFormat } from '../shared/format.ts'
import { Button, buttonClass } from '../shared/ui/button.tsx'
import type { DeskState } from './desk-state.ts'
import { useDeskWords } from './desk-words.ts'

/** Says at once that nothing can be changed here, who has the copy since when or what became of it, and what to do. */
export function LeaseBanner({ state, onTakeOver }: { state: DeskState; onTakeOver: () => void }) {
  const words = useDeskWords()
  const format = useFormat()
  const me = useQuery({
    queryKey: ['my-account'],
    queryFn: ({ signal }) => ask('GET /api/my/account', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const kept = state.pending.length > 0 && words.lock.kept(state.pending.length)
  if (state.lease.kind === 'gone') {
    return (
      <Banner>
        <p className="min-w-0 flex-1">
          <strong>{words.lock.gone[state.lease.why]}</strong> {kept}
        </p>
        <Link to="/" className={buttonClass('secondary', 'small')}>
          {words.lock.toMyCopies}
        </Link>
      </Banner>
    )
  }
  if (state.lease.kind !== 'elsewhere') return null
  const { lock, wasOurs } = state.lease
  const isOwn = !lock || lock.holderRef === me.data?.actorRef
  const since = lock ? format.instant(lock.since) : ''
  return (
    <Banner>
      <p className="min-w-0 flex-1">
        <strong>{wasOurs ? words.lock.lostTitle : words.lock.elsewhereTitle}</strong>{' '}
        {lock ? (isOwn ? words.lock.byYou(since) : words.lock.byOther(since)) : words.lock.otherTab} {kept}{' '}
        {words.lock.again}
      </p>
      {isOwn && (
        <Button size="small" onClick={onTakeOver}>
          {words.lock.takeOver}
        </Button>
      )}
    </Banner>
  )
}

function Banner({ children }: { children: ReactNode }) {
  return (
    <div
      role="alert"
      className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 bg-warn-soft px-4 py-2 text-sm text-warn"
    >
      <Lock aria-hidden className="size-5 shrink-0" />
      {children}
    </div>
  )
}
