import { createRoute } from '@tanstack/react-router'
import { signedInRoute } from '../shared/routes.tsx'

const OPERATORS = { roles: ['operator'] } as const
const AUDITORS = { roles: ['auditor', 'admin'] } as const

export const consoleRoutes = [
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/console',
    staticData: OPERATORS,
  }).lazy(() => import('./console.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/console/search',
    staticData: OPERATORS,
    validateSearch: ({ id }: Record<string, unknown>): { id?: string } =>
      id === undefined ? {} : { id: String(id) },
  }).lazy(() => import('./search.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/console/playbook/$scenario',
    staticData: OPERATORS,
  }).lazy(() => import('./playbook.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/audit',
    staticData: AUDITORS,
  }).lazy(() => import('./audit.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/audit/exams/$examId',
    staticData: AUDITORS,
  }).lazy(() => import('./exam-copies.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/audit/copies/$copyId',
    staticData: AUDITORS,
  }).lazy(() => import('./timeline.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/audit/log',
    staticData: AUDITORS,
  }).lazy(() => import('./whole-log.tsx').then((screen) => screen.route)),
] as const
