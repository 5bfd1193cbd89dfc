import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Problem } from './problem.tsx'
import { Skeleton } from './ui/waiting.tsx'

type LoadedProps<T> = { query: UseQueryResult<T>; lines?: number; children: (data: T) => ReactNode }

/** The three states of what is asked for: a skeleton after a moment, the problem with a way on, or the data. */
export function Loaded<T>({ query, lines, children }: LoadedProps<T>) {
  if (query.isSuccess) return children(query.data)
  if (query.isError) return <Problem error={query.error} onRetry={() => void query.refetch()} />
  return <Skeleton {...(lines === undefined ? {} : { lines })} />
}
