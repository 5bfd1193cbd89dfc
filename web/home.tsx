import { createLazyRoute } from '@tanstack/react-router'
import { type ComponentType, lazy, Suspense } from 'react'
import { type Role, useAccount } from './shared/session.ts'
import { Skeleton } from './shared/ui/waiting.tsx'

const exams = lazy(() => import('./exams/home.tsx').then(({ ExamsHome }) => ({ default: ExamsHome })))
/** What each role begins with; each is fetched only by those who see it. */
const HOMES: Readonly<Record<Role, ComponentType>> = {
  admin: exams,
  auditor: lazy(() => import('./console/audit.tsx').then(({ AuditHome }) => ({ default: AuditHome }))),
  marker: lazy(() => import('./workbench/home.tsx').then(({ MarkerHome }) => ({ default: MarkerHome }))),
  operator: lazy(() => import('./console/home.tsx').then(({ OperatorHome }) => ({ default: OperatorHome }))),
  student: lazy(() => import('./portal/home.tsx').then(({ StudentHome }) => ({ default: StudentHome }))),
}

function Home() {
  const account = useAccount()
  if (!account) return null
  const HomeOfRole = HOMES[account.role]
  return (
    <Suspense fallback={<Skeleton />}>
      <HomeOfRole />
    </Suspense>
  )
}

export const route = createLazyRoute('/signed-in/')({ component: Home })
