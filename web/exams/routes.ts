import { createRoute } from '@tanstack/react-router'
import { signedInRoute } from '../shared/routes.tsx'

const FOR_ADMINS = { roles: ['admin'] } as const

export const examRoutes = [
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/exams',
    staticData: { roles: ['admin', 'auditor'] },
  }).lazy(() => import('./list.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/exams/new',
    staticData: FOR_ADMINS,
  }).lazy(() => import('./new-exam.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/exams/$examId',
    staticData: FOR_ADMINS,
  }).lazy(() => import('./exam.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/exams/$examId/rubric',
    staticData: FOR_ADMINS,
  }).lazy(() => import('./rubric.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/exams/$examId/upload',
    staticData: FOR_ADMINS,
  }).lazy(() => import('./upload.tsx').then((screen) => screen.route)),
  createRoute({
    getParentRoute: () => signedInRoute,
    path: '/batches/$batchId',
    staticData: { ...FOR_ADMINS, place: '/exams' },
  }).lazy(() => import('./batch.tsx').then((screen) => screen.route)),
] as const
