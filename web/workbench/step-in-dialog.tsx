import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CopyView } from '../../src/copies/contract.ts'
import { announce } from '../shared/announce.tsx'
import { ask } from '../shared/ask.ts'
import { Problem } from '../shared/problem.tsx'
import { bodyOf, NO_REASON, ReasonFields, type Why } from '../shared/reason-fields.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { useDeskWords } from './desk-words.ts'

/** Gives a graded copy back to its marker, as a new version. */
export function ReopenDialog({ copy, onClose }: { copy: CopyView; onClose: () => void }) {
  const words = useDeskWords()
  const queries = useQueryClient()
  const [why, setWhy] = useState<Why<keyof typeof words.readOnly.reasons>>(NO_REASON)
  const body = bodyOf(why)
  const reopen = useMutation({
    mutationFn: async () => {
      if (body) await ask('POST /api/copies/:copyId/reopen', { params: { copyId: copy.id }, body })
    },
    onSuccess: async () => {
      announce(words.readOnly.reopened)
      await queries.invalidateQueries()
      onClose()
    },
  })
  return (
    <Dialog
      isOpen
      title={words.readOnly.reopenTitle(copy.anonymousId)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{words.cancel}</Button>
          <Button look="primary" disabled={!body || reopen.isPending} onClick={() => reopen.mutate()}>
            {words.readOnly.reopen}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">{words.readOnly.reopenText}</p>
        <ReasonFields reasons={words.readOnly.reasons} why={why} onWhy={setWhy} />
        {reopen.isError && <Problem error={reopen.error} />}
      </div>
    </Dialog>
  )
}
