import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { RepairReason, RepairView } from '../../src/operations/contract.ts'
import { announce } from '../shared/announce.tsx'
import { ask } from '../shared/ask.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Problem } from '../shared/problem.tsx'
import { Button } from '../shared/ui/button.tsx'
import { Dialog } from '../shared/ui/dialog.tsx'
import { useWords } from '../shared/words.ts'
import { Facts } from './facts.tsx'
import { REASONS, type Repair } from './repair-command.ts'
import { repairWords } from './repair-words.ts'

/** Says what a repair would do, asks why, then does it. */
export function RepairDialog({ repair, onClose }: { repair: Repair; onClose: () => void }) {
  const words = useWords(repairWords)
  const queries = useQueryClient()
  const [reason, setReason] = useState(repair.reason)
  const [note, setNote] = useState('')
  const plan = useQuery({
    queryKey: ['operations', 'repair', repair],
    queryFn: ({ signal }) =>
      ask('POST /api/operations/repairs', { body: { ...repair, dryRun: true }, signal }),
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  const perform = useMutation({
    mutationFn: () =>
      ask('POST /api/operations/repairs', {
        body: { ...repair, reason, ...(note.trim() && { note: note.trim() }), dryRun: false },
      }),
    onSuccess: (told) => {
      announce(sentenceOf(told))
      void queries.invalidateQueries({
        queryKey: ['operations'],
        predicate: ({ queryKey }) => queryKey[1] !== 'repair',
      })
    },
  })
  const sentenceOf = ({ isUnfinished }: RepairView) => (isUnfinished ? words.unfinished : words.done)
  const { data: done } = perform
  return (
    <Dialog
      title={words.does[repair.action]}
      isOpen
      onClose={onClose}
      actions={
        done ? (
          <Button look="primary" onClick={onClose}>
            {words.close}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{words.cancel}</Button>
            <Button
              look="primary"
              disabled={!plan.isSuccess || perform.isPending}
              onClick={() => perform.mutate()}
            >
              {perform.isPending ? words.performing : words.perform}
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4 text-sm">
        {done ? (
          <>
            <p className="font-medium">{sentenceOf(done)}</p>
            <Facts facts={done.facts} />
          </>
        ) : (
          <Loaded query={plan} lines={2}>
            {(planned) => (
              <>
                <p>{words.dryRun}</p>
                <Facts facts={planned.facts} />
                <Why reason={reason} onReason={setReason} note={note} onNote={setNote} />
                <p className="text-muted">{words.audited}</p>
              </>
            )}
          </Loaded>
        )}
        {perform.isError && <Problem error={perform.error} />}
      </div>
    </Dialog>
  )
}

function Why(props: {
  reason: RepairReason
  onReason: (reason: RepairReason) => void
  note: string
  onNote: (note: string) => void
}) {
  const { reason, onReason, note, onNote } = props
  const words = useWords(repairWords)
  const id = useId()
  return (
    <>
      <label className="flex flex-col gap-1 font-medium">
        {words.reason}
        <select
          value={reason}
          onChange={(event) => onReason(REASONS.find((one) => one === event.target.value) ?? 'other')}
          className="min-h-10 rounded-md border border-edge bg-surface px-3 font-normal text-base"
        >
          {REASONS.map((one) => (
            <option key={one} value={one}>
              {words.reasons[one]}
            </option>
          ))}
        </select>
      </label>
      <div className="flex flex-col gap-1">
        <label htmlFor={id} className="font-medium">
          {words.note}
        </label>
        <textarea
          id={id}
          rows={2}
          maxLength={2_000}
          value={note}
          aria-describedby={`${id}-hint`}
          onChange={(event) => onNote(event.target.value)}
          className="rounded-md border border-edge bg-surface px-3 py-2 text-base"
        />
        <p id={`${id}-hint`} className="text-muted">
          {words.noteHint}
        </p>
      </div>
    </>
  )
}
