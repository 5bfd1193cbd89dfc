import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { CopyView } from '../../src/copies/contract.ts'
import { announce } from '../shared/announce.tsx'
import { ask } from '../shared/ask.ts'
import { Problem } from '../shared/problem.tsx'
import { bodyOf, NO_REASON, ReasonFields, type Why } from '../shared/reason-fields.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { type DeskWords, useDeskWords } from './desk-words.ts'

/** What the administration may do to a copy that is another's to mark. */
export type StepIn = keyof DeskWords['stepIn']

type StepInDialogProps = { copy: CopyView; how: StepIn; onClose: () => void }

/** Asks for the reason of it, which the log of events keeps. */
export function StepInDialog({ copy, how, onClose }: StepInDialogProps) {
  const { cancel, stepIn } = useDeskWords()
  const words = stepIn[how]
  const queries = useQueryClient()
  const [why, setWhy] = useState<Why<keyof typeof words.reasons>>(NO_REASON)
  const body = bodyOf(why)
  const act = useMutation({
    mutationFn: async () => {
      if (body) await ask(`POST /api/copies/:copyId/${how}`, { params: { copyId: copy.id }, body })
    },
    onSuccess: async () => {
      announce(words.done)
      await queries.invalidateQueries()
      onClose()
    },
  })
  return (
    <Dialog
      isOpen
      title={words.title(copy.anonymousId)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{cancel}</Button>
          <Button look="primary" disabled={!body || act.isPending} onClick={() => act.mutate()}>
            {words.act}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <p className="text-muted text-sm">{words.text}</p>
        <ReasonFields reasons={words.reasons} why={why} onWhy={setWhy} />
        {act.isError && <Problem error={act.error} />}
      </div>
    </Dialog>
  )
}
