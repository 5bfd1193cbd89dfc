import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Problem } from './problem.tsx'
import { extendSession } from './session.ts'
import { Button } from './ui/button.tsx'
import { Dialog } from './ui/dialog.tsx'
import { useSharedWords } from './words.ts'

/** Two minutes before the session ends: one key extends it. */
export function SessionEnding() {
  const { sessionEnding: words } = useSharedWords()
  const queries = useQueryClient()
  const [isOpen, setIsOpen] = useState(true)
  const [error, setError] = useState<unknown>()
  const stay = async () => {
    try {
      await extendSession(queries)
      setIsOpen(false)
    } catch (failure) {
      setError(failure)
    }
  }
  return (
    <Dialog
      title={words.title}
      isOpen={isOpen}
      onClose={() => setIsOpen(false)}
      actions={
        <Button look="primary" data-first onClick={() => void stay()}>
          {words.stay}
        </Button>
      }
    >
      <p className="text-sm">{words.text}</p>
      {error !== undefined && <Problem error={error} />}
    </Dialog>
  )
}
