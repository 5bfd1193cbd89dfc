import { WifiOff } from 'lucide-react'
import { useEffect, useSyncExternalStore } from 'react'
import { announce } from './announce.tsx'
import { useSharedWords } from './words.ts'

let wasOffline = false

/** A line over the page as long as the browser says that there is no network. */
export function OfflineNotice() {
  const words = useSharedWords()
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine)
  useEffect(() => {
    if (!isOnline) announce(words.offline)
    else if (wasOffline) announce(words.online)
    wasOffline = !isOnline
  }, [isOnline, words])
  if (isOnline) return null
  return (
    <p className="flex items-center justify-center gap-2 bg-warn-soft px-4 py-2 text-center text-sm text-warn">
      <WifiOff aria-hidden className="size-4 shrink-0" />
      {words.offline}
    </p>
  )
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}
