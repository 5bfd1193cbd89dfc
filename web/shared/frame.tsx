import { useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useMatches, useNavigate } from '@tanstack/react-router'
import { CircleUser, LogOut, type LucideIcon, SlidersHorizontal } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { announce } from './announce.tsx'
import { Logo } from './logo.tsx'
import { NotForYou } from './notices.tsx'
import { OfflineNotice } from './offline.tsx'
import { Problem } from './problem.tsx'
import { type Account, type Role, signOut, useAccount, useIsSessionOver } from './session.ts'
import { useIsSessionEnding } from './session-clock.ts'
import { MENU_ITEM, Menu } from './ui/menu.tsx'
import { countUnsent } from './unsent.ts'
import { useSharedWords } from './words.ts'

/** Needed once in twelve hours: fetched then, apart from the screen, which must not be torn down meanwhile. */
const SessionOver = lazy(() =>
  import('./session-over.tsx').then((dialog) => ({ default: dialog.SessionOver })),
)

const SignOutDialog = lazy(() =>
  import('./sign-out-dialog.tsx').then((dialog) => ({ default: dialog.SignOutDialog })),
)
const SessionEnding = lazy(() =>
  import('./session-ending.tsx').then((dialog) => ({ default: dialog.SessionEnding })),
)

/** A place of the main navigation, for the roles that have it. */
export type Place = {
  readonly to: '/' | '/exams' | '/audit' | '/console'
  readonly word: 'home' | 'exams' | 'audit' | 'console'
  readonly icon: LucideIcon
  readonly roles: readonly Role[]
}

/** The frame around every screen behind the sign-in: skip link, navigation by role, account, and the screen itself. */
export function Frame({ places }: { places: readonly Place[] }) {
  const words = useSharedWords()
  const account = useAccount()
  const isOver = useIsSessionOver()
  const isEnding = useIsSessionEnding()
  const matches = useMatches()
  const roles = matches.findLast((match) => match.staticData.roles)?.staticData.roles
  const hasOwnHeader = matches.some((match) => match.staticData.isFullScreen)
  // Signed out: the router is on its way to the sign-in.
  if (!account) return null
  const isForRole = !roles || roles.includes(account.role)
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:start-4 focus:top-2 focus:z-20 focus:rounded-md focus:bg-surface focus:px-4 focus:py-2 focus:shadow-float"
      >
        {words.skipToContent}
      </a>
      {!hasOwnHeader && (
        <Header
          places={places.filter((place) => place.roles.includes(account.role))}
          current={matches.findLast((match) => match.staticData.place)?.staticData.place}
          account={account}
        />
      )}
      <main id="content" tabIndex={-1} className="flex min-w-0 flex-1 flex-col outline-none">
        {!hasOwnHeader && <OfflineNotice />}
        {isForRole ? <Outlet /> : <NotForYou />}
      </main>
      <Suspense>
        {isOver && <SessionOver />}
        {isEnding && !isOver && <SessionEnding />}
      </Suspense>
    </div>
  )
}

type HeaderProps = { places: readonly Place[]; current: Place['to'] | undefined; account: Account }

function Header({ places, current, account }: HeaderProps) {
  const words = useSharedWords()
  return (
    <header className="border-line border-b bg-surface print:hidden">
      <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-6 gap-y-1 px-4 py-2 sm:px-6">
        <Link to="/" className="flex min-h-10 items-center gap-2 rounded-md">
          <Logo />
          <span className="font-semibold font-serif text-lg tracking-tight">{words.product}</span>
        </Link>
        <nav aria-label={words.navigation} className="order-last flex flex-wrap gap-1 sm:order-none">
          {places.map(({ to, word, icon: Icon }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === '/' }}
              activeProps={{ 'aria-current': 'page' }}
              aria-current={to === current ? 'true' : undefined}
              className="inline-flex min-h-10 items-center gap-2 rounded-md px-3 text-muted text-sm hover:bg-sunken hover:text-ink [&[aria-current]]:bg-accent-soft [&[aria-current]]:font-medium [&[aria-current]]:text-accent"
            >
              <Icon aria-hidden className="size-4" />
              {words.nav[word]}
            </Link>
          ))}
        </nav>
        <div className="ms-auto">
          <AccountMenu account={account} />
        </div>
      </div>
    </header>
  )
}

function AccountMenu({ account }: { account: Account }) {
  const words = useSharedWords()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [error, setError] = useState<unknown>()
  const [unsent, setUnsent] = useState<ReadonlyMap<string, number>>()
  const leave = async (isMeant = false) => {
    try {
      const waiting = await countUnsent(account.id)
      setUnsent(isMeant || waiting.size === 0 ? undefined : waiting)
      if (!isMeant && waiting.size > 0) return
      await signOut(queries)
      announce(words.signedOut)
      await navigate({ to: '/sign-in' })
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <>
      <Menu
        label={`${words.accountMenu} – ${words.roles[account.role]}`}
        trigger={
          <>
            <CircleUser aria-hidden className="size-5 text-muted" strokeWidth={1.5} />
            {words.roles[account.role]}
          </>
        }
      >
        <Link to="/settings" className={MENU_ITEM}>
          <SlidersHorizontal aria-hidden className="size-4 text-muted" />
          {words.nav.settings}
        </Link>
        <button type="button" className={MENU_ITEM} onClick={() => void leave()}>
          <LogOut aria-hidden className="size-4 text-muted" />
          {words.signOut}
        </button>
      </Menu>
      <Suspense>
        {unsent && (
          <SignOutDialog
            unsent={unsent}
            onLeave={() => void leave(true)}
            onClose={() => setUnsent(undefined)}
          />
        )}
      </Suspense>
      {error !== undefined && <Problem error={error} onRetry={() => void leave()} />}
    </>
  )
}
