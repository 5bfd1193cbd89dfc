import { createRoute } from '@tanstack/react-router'
import { signedInRoute } from '../shared/routes.tsx'

export const portalRoutes = [
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/results/$copyId',
    staticData: { roles: ['student'], place: '/' },
  }).lazy(() => import('./result.tsx').then((screen) => screen.route)),
] as const
