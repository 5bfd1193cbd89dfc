import { QueryClient } from '@tanstack/react-query'
import { createRoute, createRouter } from '@tanstack/react-router'
import { accountRoutes, signInRoute } from './account/routes.ts'
import { consoleRoutes } from './console/routes.ts'
import { examRoutes } from './exams/routes.ts'
import { PLACES } from './places.ts'
import { portalRoutes } from './portal/routes.ts'
import { whenSessionIsOver } from './shared/ask.ts'
import { Broken, NotFound } from './shared/notices.tsx'
import { isPassing } from './shared/request-failed.ts'
import { rootRoute, signedInRoute } from './shared/routes.tsx'
import { followSignOuts, noteSessionOver } from './shared/session.ts'
import { workbenchRoutes } from './workbench/routes.ts'

const homeRoute = createRoute({ getParentRoute: () => signedInRoute, path: '/' }).lazy(() =>
  import('./home.tsx').then((home) => home.route),
)

const routeTree = rootRoute.addChildren([
  signInRoute,
  signedInRoute.addChildren([
    homeRoute,
    ...accountRoutes,
    ...examRoutes,
    ...workbenchRoutes,
    ...consoleRoutes,
    ...portalRoutes,
  ]),
])

/** Puts the rooms together: the one place that sees them all. */
export function createApplication() {
  const queries = new QueryClient({
    defaultOptions: {
      queries: { retry: (failures, error) => isPassing(error) && failures < 2 },
    },
  })
  const router = createRouter({
    routeTree,
    context: { queries, places: PLACES },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: Broken,
  })
  whenSessionIsOver(() => noteSessionOver(queries))
  followSignOuts(queries, () => void router.navigate({ to: '/sign-in' }))
  return { router, queries }
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createApplication>['router']
  }
}
