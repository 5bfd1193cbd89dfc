import type { AuditEventView } from '../audit/contract.ts'

/** The timeline of a copy as a table for a terminal. */
export function formatTimeline(events: readonly AuditEventView[]): string {
  const rows = events.map((event) => [
    String(event.seq),
    event.occurredAt.slice(11, 23),
    event.action,
    event.actor.kind,
    event.requestId,
    formatMetadata(event.metadata),
  ])
  const header = ['seq', 'time (UTC)', 'action', 'actor', 'request id', 'metadata']
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  return [header, ...rows]
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))),
    )
    .map((cells) => `  ${cells.join('  ')}`)
    .join('\n')
}

/** Short members only: hashes and ids are for the machine. */
function formatMetadata(metadata: Readonly<Record<string, unknown>>): string {
  return Object.entries(metadata)
    .filter(([name]) => !/(_sha256|_id|_ref)$/.test(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}
