import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ask } from '../shared/ask.ts'
import type { Endpoints } from '../shared/endpoints.ts'
import { Problem } from '../shared/problem.tsx'
import { useAccount } from '../shared/session.ts'
import { Button } from '../shared/ui/button.tsx'
import { useSharedWords, useWords } from '../shared/words.ts'
import { Disclosure } from './disclosure.tsx'
import { REVEAL_REASONS, revealWords } from './reveal-words.ts'

type Reason = Endpoints['POST /api/audit/reveal']['body']['reasonCode']

/** Who a reference is, for auditors, who say why: that they looked is an event. Nothing of it is kept. */
export function RevealActor({ actorRef }: { actorRef: string }) {
  const words = useWords(revealWords)
  const { roles } = useSharedWords()
  const account = useAccount()
  const [reasonCode, setReason] = useState<Reason>('appeal')
  const reveal = useMutation({
    mutationFn: () => ask('POST /api/audit/reveal', { body: { actorRef, reasonCode } }),
    gcTime: 0,
  })
  if (account?.role !== 'auditor') return null
  if (reveal.data) {
    return (
      <p className="font-medium">
        {reveal.data.name} ({roles[reveal.data.role]})
      </p>
    )
  }
  return (
    <Disclosure summary={words.who} summaryClassName="min-h-8 w-fit">
      <div className="flex flex-wrap items-end gap-2 pb-2">
        <label className="flex flex-col gap-1 text-sm">
          {words.reason}
          <select
            value={reasonCode}
            onChange={({ target }) =>
              setReason(REVEAL_REASONS.find((one) => one === target.value) ?? 'technical')
            }
            className="min-h-8 rounded-md border border-edge bg-surface px-2"
          >
            {REVEAL_REASONS.map((one) => (
              <option key={one} value={one}>
                {words.reasons[one]}
              </option>
            ))}
          </select>
        </label>
        <Button size="small" disabled={reveal.isPending} onClick={() => reveal.mutate()}>
          {words.reveal}
        </Button>
        <p className="w-full text-muted">{words.noted}</p>
      </div>
      {reveal.isError && <Problem error={reveal.error} />}
    </Disclosure>
  )
}
