import { useCallback, useRef, useState } from 'react'

/**
 * State that belongs to one thing, such as what is typed of one copy. What shows it stays mounted when another thing
 * comes, which begins with `initial` as it is then; nothing of the one is ever seen or kept for the other, whenever it
 * comes, nor when the one comes back.
 */
export function useStateOf<T>(subject: string, initial: T): [T, (value: T) => void] {
  const [held, hold] = useState({ subject, value: initial })
  const current = useRef(subject)
  current.current = subject
  const set = useCallback(
    (value: T) => {
      if (current.current === subject) hold({ subject, value })
    },
    [subject],
  )
  if (held.subject === subject) return [held.value, set]
  hold({ subject, value: initial })
  return [initial, set]
}
