import type { Role } from '../../../src/platform/http-route.ts'

/** What there is to look at, whoever made it: the demonstration or a test. */
export type Things = {
  readonly examId: string
  readonly readyCopyId: string
  /** A scan that was imported. */
  readonly batchId: string
  /** A graded copy of the student, of an exam that is released. */
  readonly resultCopyId: string
}

export type Screen = {
  /** Name of its pictures and snapshots. */
  readonly name: string
  /** Who looks at it; nobody is signed in without one. */
  readonly role?: Role
  readonly path: (things: Things) => string
}

/** Every screen. Whoever adds one adds it here: it is then photographed, and checked in both languages. */
export const SCREENS: readonly Screen[] = [
  { name: 'sign-in', path: () => '/sign-in' },
  { name: 'home-admin', role: 'admin', path: () => '/' },
  { name: 'home-marker', role: 'marker', path: () => '/' },
  { name: 'home-operator', role: 'operator', path: () => '/' },
  { name: 'home-auditor', role: 'auditor', path: () => '/' },
  { name: 'home-student', role: 'student', path: () => '/' },
  { name: 'exams', role: 'admin', path: () => '/exams' },
  { name: 'exam-new', role: 'admin', path: () => '/exams/new' },
  { name: 'exam', role: 'admin', path: ({ examId }) => `/exams/${examId}` },
  { name: 'rubric', role: 'admin', path: ({ examId }) => `/exams/${examId}/rubric` },
  { name: 'upload', role: 'admin', path: ({ examId }) => `/exams/${examId}/upload` },
  { name: 'batch', role: 'admin', path: ({ batchId }) => `/batches/${batchId}` },
  { name: 'result', role: 'student', path: ({ resultCopyId }) => `/results/${resultCopyId}` },
  { name: 'copy', role: 'marker', path: ({ readyCopyId }) => `/copies/${readyCopyId}` },
  { name: 'copy-graded', role: 'marker', path: ({ resultCopyId }) => `/copies/${resultCopyId}` },
  { name: 'console', role: 'operator', path: () => '/console' },
  { name: 'console-search', role: 'operator', path: () => '/console/search' },
  {
    name: 'console-story',
    role: 'operator',
    path: ({ readyCopyId }) => `/console/search?id=${readyCopyId}`,
  },
  { name: 'playbook', role: 'operator', path: () => '/console/playbook/finalization-failing' },
  { name: 'audit', role: 'auditor', path: () => '/audit' },
  { name: 'audit-exam', role: 'auditor', path: ({ examId }) => `/audit/exams/${examId}` },
  { name: 'timeline', role: 'auditor', path: ({ readyCopyId }) => `/audit/copies/${readyCopyId}` },
  { name: 'whole-log', role: 'auditor', path: () => '/audit/log' },
  { name: 'settings', role: 'marker', path: () => '/settings' },
  { name: 'not-found', role: 'marker', path: () => '/nowhere' },
  { name: 'not-for-you', role: 'student', path: () => '/console' },
]
