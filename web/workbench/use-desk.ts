import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { Account } from '../shared/session.ts'
import { Desk } from './desk.ts'
import type { DeskState } from './desk-state.ts'
import { DeskStore } from './desk-store.ts'
import { decodeAhead, imageOf } from './page-images.ts'
import { type DeskData, deskQuery, myCopiesQuery } from './sheet-query.ts'

/** Whether this account marks the copy now; everybody else reads it. */
function isMarkedBy(account: Account, { copy }: DeskData): boolean {
  return account.role === 'marker' && (copy.status === 'READY' || copy.status === 'LOCKED')
}

/** The desk of the copy that is shown, for as long as it is. */
export function useDesk(data: DeskData, account: Account): { desk: Desk; state: DeskState } {
  const queries = useQueryClient()
  const hasFailed = data.copy.status === 'GRADING_FAILED'
  // biome-ignore lint/correctness/useExhaustiveDependencies: another copy, or one that has failed meanwhile, has a desk of its own; what the server says anew of the same one reaches its desk otherwise
  const desk = useMemo(
    () =>
      new Desk(data.copy.id, {
        base: data.sheet,
        store: DeskStore.open(account.id),
        isMarked: isMarkedBy(account, data),
      }),
    [data.copy.id, hasFailed],
  )
  useEffect(() => {
    void desk.start()
    return () => {
      void desk.stop()
      // It has changed on the desk: the next to open it asks anew.
      queries.removeQueries({ queryKey: deskQuery(desk.copyId).queryKey })
      void queries.invalidateQueries({ queryKey: myCopiesQuery.queryKey })
    }
  }, [desk, queries])
  return { desk, state: useSyncExternalStore(desk.subscribe, desk.state) }
}

/** Asks before the window is closed, but only while something is not saved on the server. */
export function useLeaveWarning(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [isUnsaved])
}

/** Has the pages around the one that is shown decoded before they are asked for. */
export function useNeighbours(data: DeskData, page: number): void {
  useEffect(() => {
    for (const near of [page + 1, page - 1, page + 2]) {
      if (near >= 1 && near <= data.copy.pages) void decodeAhead(imageOf(data, near, 'screen'))
    }
  }, [data, page])
}
