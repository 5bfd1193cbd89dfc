import { createRoute } from '@tanstack/react-router'
import { rootRoute, signedInRoute } from '../shared/routes.tsx'

type SignInSearch = {
  /** Where to go on afterwards: an address of this application. */
  from?: string
  isOver?: boolean
}

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): SignInSearch => ({
    ...(isOwnAddress(search['from']) ? { from: search['from'] } : {}),
    ...(search['isOver'] === true ? { isOver: true } : {}),
  }),
}).lazy(() => import('./sign-in.tsx').then((screen) => screen.route))

/** A path of ours: a link from elsewhere must not lead people away after they have signed in. */
function isOwnAddress(value: unknown): value is string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value)
}

export const accountRoutes = [
  createRoute({ getParentRoute: () => signedInRoute, path: '/settings' }).lazy(() =>
    import('./settings.tsx').then((screen) => screen.route),
  ),
] as const
