import { queryOptions } from '@tanstack/react-query'
import { ask } from '../shared/ask.ts'

const SOON_MS = 5_000
const LATER_MS = 15_000

export const healthQuery = queryOptions({
  queryKey: ['operations', 'health'],
  queryFn: ({ signal }) => ask('GET /api/operations/health', { signal }),
  refetchInterval: LATER_MS,
})

export const backlogQuery = queryOptions({
  queryKey: ['operations', 'backlog'],
  queryFn: ({ signal }) => ask('GET /api/operations/backlog', { signal }),
  refetchInterval: SOON_MS,
})

export const durationsQuery = queryOptions({
  queryKey: ['operations', 'durations'],
  queryFn: ({ signal }) => ask('GET /api/operations/durations', { signal }),
  refetchInterval: LATER_MS,
})

/** A diagnosis asks dozens of questions, so less often than the rest. */
export const incidentsQuery = queryOptions({
  queryKey: ['operations', 'incidents'],
  queryFn: ({ signal }) => ask('GET /api/operations/incidents', { signal }),
  refetchInterval: LATER_MS,
})

/** The same question without asking again by itself: what is being read must not move. */
export function held<O extends { refetchInterval?: unknown }>(options: O, isLive: boolean): O {
  return isLive ? options : { ...options, refetchInterval: false, refetchOnWindowFocus: false }
}
