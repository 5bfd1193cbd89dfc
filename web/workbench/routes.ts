import { createRoute } from '@tanstack/react-router'
import { signedInRoute } from '../shared/routes.tsx'

export const workbenchRoutes = [
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/copies/$copyId',
    staticData: { roles: ['marker', 'admin', 'auditor'], isFullScreen: true },
  }).lazy(() => import('./copy.tsx').then((screen) => screen.route)),
] as const
