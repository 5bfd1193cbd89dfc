import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import type { AuditEventView, StreamProof } from '../../src/audit/contract.ts'
import { useFormat } from '../shared/format.ts'
import { Button } from '../shared/ui/button.tsx'
import { useWords } from '../shared/words.ts'
import { auditWords } from './audit-words.ts'
import { CopyText } from './copy-text.tsx'
import { fromBase64, fromUtf8 } from './proof/bytes.ts'
import type { EventVerdict } from './proof/check-stream.ts'
import { formatEventProof } from './proof-files.ts'
import { RevealActor } from './reveal-actor.tsx'
import { saveFile } from './save-file.ts'
import { verdictWords } from './verdict-words.ts'

export type CheckedEvent = {
  event: AuditEventView
  entry: StreamProof['entries'][number] | undefined
  checkpoint: string | null
  verdict: EventVerdict | undefined
}

/** What an event says, where it stands in the log, and the bytes that were signed. */
export function EventDetail({ event, entry, checkpoint, verdict }: CheckedEvent) {
  const words = useWords(auditWords)
  const { faults } = useWords(verdictWords)
  const format = useFormat()
  const { detail } = words
  const proof = entry && formatEventProof(entry, checkpoint)
  const bytes = entry?.leaf == null ? undefined : fromBase64(entry.leaf)
  return (
    <div className="flex flex-col gap-3 border-line border-t bg-surface px-4 py-3 text-sm">
      {verdict?.finding && (
        <p className="font-medium text-bad">{faults[verdict.finding.code](verdict.finding)}</p>
      )}
      <dl className="grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-2 sm:grid-cols-[12rem_minmax(0,1fr)]">
        <Term name={detail.moment}>
          <time dateTime={event.occurredAt}>{format.instant(event.occurredAt)}</time>{' '}
          <code className="text-muted text-xs">{event.occurredAt}</code>
        </Term>
        <Term name={detail.request}>
          <CopyText text={event.requestId} label={detail.request} />
        </Term>
        {event.actor.ref && (
          <Term name={detail.actor}>
            <CopyText text={event.actor.ref} label={detail.actor} />
            <RevealActor key={event.actor.ref} actorRef={event.actor.ref} />
          </Term>
        )}
        {Object.entries(event.metadata).map(([name, value]) => (
          <Term key={name} name={<code className="text-xs">{name}</code>}>
            <Value value={value} />
          </Term>
        ))}
        {entry?.index != null && (
          <Term name={detail.place}>
            {format.number(entry.index)}
            {verdict?.steps !== undefined && `, ${detail.steps(verdict.steps)}`}
          </Term>
        )}
        {verdict?.leafHash && (
          <Term name={detail.hash}>
            <code className="break-all text-xs">{verdict.leafHash}</code>
          </Term>
        )}
      </dl>
      {bytes && (
        <div className="flex flex-col gap-1">
          <p className="font-medium">{detail.bytes}</p>
          <pre className="whitespace-pre-wrap break-all rounded-md border border-line bg-sunken p-3 text-xs leading-5">
            {fromUtf8(bytes) ?? entry?.leaf}
          </pre>
        </div>
      )}
      {proof && (
        <Button
          size="small"
          className="self-start"
          onClick={() => saveFile(`event-${event.id}.tlog-proof`, proof)}
        >
          <Download aria-hidden className="size-4" />
          {detail.saveProof}
        </Button>
      )}
    </div>
  )
}

function Term({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  )
}

/** A member of the metadata; what is sealed from the reader or erased says so. */
function Value({ value }: { value: unknown }) {
  const { detail } = useWords(auditWords)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return <em className="text-muted">{'erased' in value ? detail.erased : detail.sealed}</em>
  }
  return <span className="break-all">{Array.isArray(value) ? value.join(', ') : String(value)}</span>
}
