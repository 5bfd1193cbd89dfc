import { useSyncExternalStore } from 'react'

let current = ''
const listeners = new Set<() => void>()

/** Says a sentence to whoever listens to the page, when it is quiet. */
export function announce(sentence: string): void {
  // The same sentence again is a new one to a screen reader only if its text differs.
  current = sentence === current ? `${sentence}\u00a0` : sentence
  for (const listener of listeners) listener()
}

/** The one polite live region of the page. */
export function Announcer() {
  const sentence = useSyncExternalStore(subscribe, () => current)
  return (
    <div aria-live="polite" className="sr-only" data-announcer>
      {sentence}
    </div>
  )
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
