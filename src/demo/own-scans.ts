import type { AuditEventView } from '../audit/contract.ts'
import type { Walk } from './walk.ts'

/** The walk with the names of its scans closed: those that somebody brought may name pupils, and a report may go anywhere. */
export function withoutFileNames(walk: Walk): Walk {
  const copies = walk.copies.map((copy) => ({ ...copy, events: copy.events.map(withoutFileName) }))
  return { ...walk, copies }
}

function withoutFileName(event: AuditEventView): AuditEventView {
  if (!('filename' in event.metadata)) return event
  return { ...event, metadata: { ...event.metadata, filename: { sealed: true } } }
}
