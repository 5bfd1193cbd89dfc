import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, Outlet, redirect } from '@tanstack/react-router'
import { Announcer } from './announce.tsx'
import { Frame, type Place } from './frame.tsx'
import { type Role, sessionQuery } from './session.ts'

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** For whom the screen is; without it for everybody who is signed in. The API decides, this only explains. */
    roles?: readonly Role[]
    /** The place of the main navigation that the screen belongs to, where its address does not say. */
    place?: Place['to']
    /** The screen brings its own header, such as the workbench. */
    isFullScreen?: boolean
  }
}

/** What every route hangs from. */
export const rootRoute = createRootRouteWithContext<{ queries: QueryClient; places: readonly Place[] }>()({
  component: () => (
    <>
      <Outlet />
      <Announcer />
    </>
  ),
})

/** What every screen behind the sign-in hangs from; whoever is not signed in is sent there, and back afterwards. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ context, location }) => {
    const account = await context.queries.ensureQueryData(sessionQuery)
    if (!account) throw redirect({ to: '/sign-in', search: { from: location.href } })
    return { account }
  },
  component: () => <Frame places={signedInRoute.useRouteContext().places} />,
})
