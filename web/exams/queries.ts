import { queryOptions } from '@tanstack/react-query'
import type { BatchView } from '../../src/copies/contract.ts'
import { ask } from '../shared/ask.ts'
import { isBeingMade } from '../shared/being-made.ts'

export const examsQuery = queryOptions({
  queryKey: ['exams'],
  queryFn: async ({ signal }) => (await ask('GET /api/exams', { signal })).exams,
})

/** How far each exam is, by its id; those without a scan are not in it. */
export const examProgressQuery = queryOptions({
  queryKey: ['exams', 'progress'],
  queryFn: async ({ signal }) => {
    const { exams } = await ask('GET /api/exams/progress', { signal })
    return new Map(exams.map((progress) => [progress.examId, progress]))
  },
})

export const examQuery = (examId: string) =>
  queryOptions({
    queryKey: ['exams', examId],
    queryFn: ({ signal }) => ask('GET /api/exams/:examId', { params: { examId }, signal }),
  })

/** Whether the import of a scan goes on. */
export function isRunning({ status }: Pick<BatchView, 'status'>): boolean {
  return status === 'UPLOADED' || status === 'IMPORTING'
}

const WATCH_MS = 1_000

/** The scans of an exam, the newest first; asked again each second while one is imported. */
export const batchesQuery = (examId: string) =>
  queryOptions({
    queryKey: ['exams', examId, 'batches'],
    queryFn: async ({ signal }) => {
      const { batches } = await ask('GET /api/exams/:examId/batches', { params: { examId }, signal })
      return batches.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))
    },
    refetchInterval: ({ state }) => (state.data?.some(isRunning) ? WATCH_MS : false),
  })

export const copiesQuery = (examId: string) =>
  queryOptions({
    queryKey: ['exams', examId, 'copies'],
    queryFn: async ({ signal }) =>
      (await ask('GET /api/exams/:examId/copies', { params: { examId }, signal })).copies,
    refetchInterval: ({ state }) => (state.data?.some(isBeingMade) ? WATCH_MS : false),
  })

export const studentsQuery = (examId: string) =>
  queryOptions({
    queryKey: ['exams', examId, 'students'],
    queryFn: async ({ signal }) =>
      (await ask('GET /api/exams/:examId/students', { params: { examId }, signal })).students,
  })

export const accountsQuery = queryOptions({
  queryKey: ['accounts'],
  queryFn: async ({ signal }) => (await ask('GET /api/accounts', { signal })).accounts,
})

export const batchQuery = (batchId: string) =>
  queryOptions({
    queryKey: ['batches', batchId],
    queryFn: ({ signal }) => ask('GET /api/batches/:batchId', { params: { batchId }, signal }),
    refetchInterval: ({ state }) => (state.data && isRunning(state.data) ? WATCH_MS : false),
  })

export const pagesQuery = (batchId: string, only: 'all' | 'exceptions') =>
  queryOptions({
    queryKey: ['batches', batchId, 'pages', only],
    queryFn: ({ signal }) =>
      ask('GET /api/batches/:batchId/pages', { params: { batchId }, query: { only }, signal }),
  })

/** Among what is asked again when pages of a scan were changed. */
export const copyPagesQuery = (batchId: string, copyId: string) =>
  queryOptions({
    queryKey: ['batches', batchId, 'pages-of-copy', copyId],
    queryFn: async ({ signal }) =>
      (await ask('GET /api/copies/:copyId/pages', { params: { copyId }, signal })).pages,
  })
