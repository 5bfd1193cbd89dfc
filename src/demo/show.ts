import type { AuditEventView } from '../audit/contract.ts'
import type { Progress } from './progress.ts'
import type { DemoReport } from './report.ts'
import type { Account, Walk } from './walk.ts'

/** Tells a person what the walk came to: a timeline, where the files lie, and who may sign in. */
export function showWalk(
  progress: Progress,
  shown: { walk: Walk; report: DemoReport; accounts: readonly Account[] },
): void {
  const { walk, report, accounts } = shown
  const first = walk.copies[0]
  if (first) progress.print(`\nTimeline of copy ${first.anonymousId}\n${formatTimeline(first.events)}`)
  progress.print(
    `\n${walk.copies.length} copies marked; their PDFs and the table of scores (scores.csv) lie in\n  ${report.exportsDir}`,
  )
  for (const finding of report.findings) progress.print(`  ! ${finding}`)
  if (report.tlog) {
    progress.print(
      `The log of events, ${report.tlog.size} entries, for whoever wants to check it\n  ${report.tlog.dir}\n  ${report.tlog.vkey}`,
    )
  }
  if (report.logs.length > 0) progress.print(`Logs\n  ${report.logs.join('\n  ')}`)
  progress.print('Accounts of this run (address, password)')
  for (const account of accounts) progress.print(`  ${account.email}  ${account.password}`)
}

/** The timeline of a copy as a table for a terminal. */
function formatTimeline(events: readonly AuditEventView[]): string {
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
