import { Activity, FileStack, House, ShieldCheck } from 'lucide-react'
import type { Place } from './shared/frame.tsx'

/** The main navigation, in order. */
export const PLACES: readonly Place[] = [
  { to: '/', word: 'home', icon: House, roles: ['admin', 'marker', 'operator', 'auditor', 'student'] },
  { to: '/exams', word: 'exams', icon: FileStack, roles: ['admin', 'auditor'] },
  { to: '/audit', word: 'audit', icon: ShieldCheck, roles: ['auditor', 'admin'] },
  { to: '/console', word: 'console', icon: Activity, roles: ['operator'] },
]
