import { CircleCheck, CircleX, Clock, Minus } from 'lucide-react'
import type { AuditEventView } from '../../src/audit/contract.ts'
import { useFormat } from '../shared/format.ts'
import { Badge } from '../shared/ui/badge.tsx'
import { useWords } from '../shared/words.ts'
import { actionWords } from './action-words.ts'
import { auditWords } from './audit-words.ts'
import { Disclosure } from './disclosure.tsx'
import { type CheckedEvent, EventDetail } from './event-detail.tsx'
import { isFailure } from './group-events.ts'
import { shortId } from './short-id.ts'

const MARKS = {
  proved: { icon: CircleCheck, tone: 'text-good' },
  waiting: { icon: Clock, tone: 'text-muted' },
  earlier: { icon: Minus, tone: 'text-muted' },
  false: { icon: CircleX, tone: 'text-bad' },
  unknown: { icon: Minus, tone: 'text-muted' },
} as const

/** One event in a line: when, what, who, its number, and whether it is proved; all the rest when it is opened. */
export function EventRow({ event, entry, checkpoint, verdict }: CheckedEvent) {
  const words = useWords(auditWords)
  const sentences = useWords(actionWords)
  const format = useFormat()
  const state = verdict?.state ?? 'unknown'
  const { icon: Mark, tone } = MARKS[state]
  return (
    <Disclosure
      isOpen={state === 'false'}
      className={state === 'false' ? 'bg-bad-soft' : ''}
      summaryClassName="min-h-10 px-4 py-2 text-sm hover:bg-sunken"
      summary={
        <span className="flex min-w-0 grow flex-wrap items-center gap-x-4 gap-y-1">
          <span className="basis-56 text-muted tabular-nums">{format.instant(event.occurredAt)}</span>
          <span className="flex min-w-0 grow basis-56 flex-wrap items-center gap-2 font-medium">
            {sentences[event.action]?.(event.metadata) ?? event.action}
            {isFailure(event) && <Badge tone="bad">{words.failed}</Badge>}
          </span>
          <span className="basis-24 text-muted">
            <Actor event={event} />
          </span>
          <span className="basis-20 text-muted tabular-nums sm:text-end">
            {words.number} {format.number(Number(event.id))}
          </span>
          <span className={tone}>
            <Mark aria-hidden className="size-5" />
            <span className="sr-only">{words.states[state]}</span>
          </span>
        </span>
      }
    >
      <EventDetail event={event} entry={entry} checkpoint={checkpoint} verdict={verdict} />
    </Disclosure>
  )
}

function Actor({ event: { actor } }: { event: AuditEventView }) {
  const words = useWords(auditWords)
  if (actor.kind === 'system' || actor.ref === null) return words.system
  return actor.kind === 'operator' ? (
    words.operatorActor
  ) : (
    <code className="text-xs">{shortId(actor.ref)}</code>
  )
}
