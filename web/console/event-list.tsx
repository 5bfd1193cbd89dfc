import { History } from 'lucide-react'
import { useState } from 'react'
import type { AuditEventView, StreamProof } from '../../src/audit/contract.ts'
import { useFormat } from '../shared/format.ts'
import { Button } from '../shared/ui/button.tsx'
import { Choice } from '../shared/ui/choice.tsx'
import { Empty } from '../shared/ui/empty.tsx'
import { useWords } from '../shared/words.ts'
import { auditWords } from './audit-words.ts'
import { Disclosure } from './disclosure.tsx'
import { EventRow } from './event-row.tsx'
import { countEdits, groupEvents, isEdit, isFailure, type TimelineRow } from './group-events.ts'
import type { StreamVerdict } from './proof/check-stream.ts'

const SHOWN = {
  all: () => true,
  moves: (event: AuditEventView) => !isEdit(event),
  failures: isFailure,
} as const
type Shown = keyof typeof SHOWN

type Checked = { proof: StreamProof | undefined; verdict: StreamVerdict | undefined }

/** The events of a copy from the oldest to the newest, edits in a row gathered. */
export function EventList({ events, proof, verdict }: Checked & { events: readonly AuditEventView[] }) {
  const words = useWords(auditWords)
  const [shown, setShown] = useState<Shown>('all')
  if (events.length === 0) {
    return (
      <Empty icon={History} title={words.noEvents}>
        {words.noEventsText}
      </Empty>
    )
  }
  const rows = groupEvents(events.filter(SHOWN[shown]))
  return (
    <section aria-label={words.order} className="flex flex-col gap-4">
      <Choice
        legend={words.filter.legend}
        value={shown}
        options={(['all', 'moves', 'failures'] as const).map((value) => ({
          value,
          label: words.filter[value],
        }))}
        onChange={setShown}
      />
      {rows.length === 0 ? (
        <Empty
          icon={History}
          title={words.noEvents}
          action={<Button onClick={() => setShown('all')}>{words.showAll}</Button>}
        >
          {words.filteredOut(events.length)}
        </Empty>
      ) : (
        <ol className="overflow-clip rounded-lg border border-line bg-surface">
          {rows.map((row) => (
            <li key={keyOf(row)} className="border-line border-t first:border-t-0">
              <Row row={row} proof={proof} verdict={verdict} />
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}

function keyOf(row: TimelineRow): string {
  return row.kind === 'event' ? row.event.id : `edits-${row.events[0]?.id}`
}

function Row({ row, proof, verdict }: Checked & { row: TimelineRow }) {
  if (row.kind === 'event') return <CheckedRow event={row.event} proof={proof} verdict={verdict} />
  return <Edits events={row.events} proof={proof} verdict={verdict} />
}

function CheckedRow({ event, proof, verdict }: Checked & { event: AuditEventView }) {
  const entry = proof?.entries.find(({ eventId }) => eventId === event.id)
  return (
    <EventRow
      event={event}
      entry={entry}
      checkpoint={proof?.checkpoint ?? null}
      verdict={verdict?.events.get(event.id)}
    />
  )
}

function Edits({ events, proof, verdict }: Checked & { events: readonly AuditEventView[] }) {
  const words = useWords(auditWords)
  const format = useFormat()
  const [first, last] = [events[0], events.at(-1)]
  if (!first || !last) return null
  const isFalse = events.some(({ id }) => verdict?.events.get(id)?.state === 'false')
  return (
    <Disclosure
      isOpen={isFalse}
      summaryClassName="min-h-10 flex-wrap px-4 py-2 text-sm hover:bg-sunken"
      summary={
        <>
          <span className="text-muted tabular-nums">
            {format.instant(first.occurredAt)} {words.until} {format.instant(last.occurredAt)}
          </span>
          <span className="font-medium">{words.editsTitle}</span>
          <span>{words.edits(countEdits(events))}</span>
        </>
      }
    >
      <ol className="border-line border-t ps-4">
        {events.map((event) => (
          <li key={event.id} className="border-line border-t first:border-t-0">
            <CheckedRow event={event} proof={proof} verdict={verdict} />
          </li>
        ))}
      </ol>
    </Disclosure>
  )
}
