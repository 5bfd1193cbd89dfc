import { type ReactNode, useEffect, useState } from 'react'
import { useSharedWords } from '../words.ts'

const PATIENCE_MS = 200

/** Shows what is in it after 200 ms: what is quick does not flicker. */
function Delayed({ children }: { children: ReactNode }) {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [])
  return isShown ? children : null
}

/** Grey lines in the place of what is on its way; `lines` as many as it will have. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const words = useSharedWords()
  return (
    <Delayed>
      <div role="status" className="flex flex-col gap-2">
        <span className="sr-only">{words.loading}</span>
        {Array.from({ length: lines }, (_, line) => line).map((line) => (
          <div
            key={line}
            aria-hidden
            className="h-12 motion-safe:animate-pulse rounded-lg border border-line bg-sunken"
          />
        ))}
      </div>
    </Delayed>
  )
}
