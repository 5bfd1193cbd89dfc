import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { decodeAhead, imageOf } from './page-images.ts'
import { type DeskData, deskQuery } from './sheet-query.ts'

/** However long a copy takes, the next one is there, and no older than that. */
const REFRESH_MS = 60_000

/** Fetches the copy that comes next while there is nothing else to do, if it is free; its lock is not taken. */
export function Prefetch({ copyId }: { copyId: string }) {
  const isIdle = useIsIdle()
  const { data } = useQuery({
    ...deskQuery(copyId),
    enabled: isIdle,
    refetchInterval: REFRESH_MS,
    refetchOnWindowFocus: false,
  })
  useEffect(() => {
    if (data?.copy.status === 'READY') void decodeFirstPages(data)
  }, [data])
  return null
}

/** Whether the browser has had a moment to spare, and nobody asked it to save bytes. */
function useIsIdle(): boolean {
  const [isIdle, setIdle] = useState(false)
  useEffect(() => {
    const connection = (navigator as { connection?: { saveData?: boolean } }).connection
    if (connection?.saveData) return
    // Safari has no idle callback.
    const wait = window.requestIdleCallback ?? ((act: () => void) => window.setTimeout(act, 500))
    const cancel = window.cancelIdleCallback ?? window.clearTimeout
    const handle = wait(() => setIdle(true))
    return () => cancel(handle)
  }, [])
  return isIdle
}

async function decodeFirstPages(data: DeskData): Promise<void> {
  for (const { pageNumber } of data.sizes.pages.slice(0, 2)) {
    await decodeAhead(imageOf(data, pageNumber, 'screen'))
  }
  for (const { pageNumber } of data.sizes.pages.slice(0, 8)) {
    await decodeAhead(imageOf(data, pageNumber, 'thumbnail'))
  }
}
