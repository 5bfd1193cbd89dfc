import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { announce } from '../shared/announce.tsx'

/** One act at a time on what a screen shows: afterwards everything that begins with `keys` is asked for again. */
export function useAct(...keys: readonly (readonly string[])[]) {
  const queries = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const refresh = () => Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })))
  /** Does it, says `done` to screen readers, and answers whether it was done; what went wrong is `error`. */
  const act = async (deed: () => Promise<unknown>, done?: string): Promise<boolean> => {
    setBusy(true)
    setError(undefined)
    try {
      await deed()
      if (done) announce(done)
      return true
    } catch (failure) {
      setError(failure)
      return false
    } finally {
      await refresh()
      setBusy(false)
    }
  }
  return { act, isBusy, error, forget: () => setError(undefined) }
}
