import { useEffect, useState } from 'react'

/**
 * How long a session lasts after its last extension, and for how long after one a request extends nothing. As
 * `src/people/auth.ts` has them: a test compares.
 */
export const SESSION_MS = { length: 12 * 3_600_000, extension: 15 * 60_000 } as const
/** People have two minutes to say that they are still there (WCAG 2.2.1). */
const WARNING_MS = 2 * 60_000
const CHECK_MS = 15_000
/** Shared by the tabs of this browser; signing out takes it away. */
const HEARD_AT = 'paraph.heard-at'

let heardAt = Date.now()

/** Somebody has signed in, or asked who is signed in, which may have extended the session; nothing else does. */
export function noteExtension(): void {
  heardAt = Date.now()
  try {
    localStorage.setItem(HEARD_AT, String(heardAt))
  } catch {
    // A browser that stores nothing has a clock for each tab.
  }
}

/** Whether the session ends within two minutes unless somebody asks for something. */
export function useIsSessionEnding(): boolean {
  const [isEnding, setIsEnding] = useState(false)
  useEffect(() => {
    const check = () =>
      setIsEnding(Date.now() >= lastHeard() + SESSION_MS.length - SESSION_MS.extension - WARNING_MS)
    const timer = setInterval(check, CHECK_MS)
    // A computer that slept has not counted.
    document.addEventListener('visibilitychange', check)
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', check)
    }
  }, [])
  return isEnding
}

function lastHeard(): number {
  try {
    return Math.max(heardAt, Number(localStorage.getItem(HEARD_AT) ?? 0))
  } catch {
    return heardAt
  }
}
