import type { Subject, TraceEntry } from './entries.ts'
import type { Story, Summary } from './story.ts'
import type { Trace } from './trace.ts'

/** Ways of standing out on a terminal. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow'
/** Gives the text that style, or leaves it as it is where there are no colours. */
export type Paint = (style: Style, text: string) => string

/** The story for a person: what happened, one line each; the ids in full; and what it came to. */
export function formatStory(requestId: string, story: Story, paint: Paint): string {
  const { entries, summary } = story
  const traceId = entries.find(({ fields }) => fields?.trace_id)?.fields?.trace_id
  const title = `Request ${requestId}${traceId ? `, trace ${traceId}` : ''}`
  const blocks = [formatTable(entries, paint), formatIds(entries, paint), formatSummary(summary)]
  return [paint('bold', title), ...blocks.filter((block) => block !== '')].join('\n\n')
}

const HEADER = ['time (UTC)', 'what', 'who', 'about', 'outcome', 'duration']

function formatTable(entries: readonly TraceEntry[], paint: Paint): string {
  const days = new Set(entries.map(({ at }) => at.slice(0, 10)))
  const rows = entries.map((entry) => ({ style: styleOf(entry), cells: cellsOf(entry, days.size > 1) }))
  const widths = HEADER.map((title, column) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)),
  )
  const align = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [
    paint('dim', align(HEADER)),
    ...rows.map(({ style, cells }) => (style ? paint(style, align(cells)) : align(cells))),
  ].join('\n')
}

function styleOf({ level, kind }: TraceEntry): Style | undefined {
  if (level === 'ERROR' || level === 'CRITICAL') return 'red'
  if (level === 'WARNING') return 'yellow'
  return kind === 'note' ? 'dim' : undefined
}

function cellsOf(entry: TraceEntry, hasDays: boolean): readonly string[] {
  const { at, what, level, kind, who, about, durationMs } = entry
  const id = who.id ?? who.ref
  return [
    hasDays ? `${at.slice(0, 10)} ${timeOf(at)}` : timeOf(at),
    kind === 'failure' ? `${level} ${what}` : what,
    id ? `${who.kind} ${short(id)}` : who.kind,
    about[0] ? `${about[0].kind} ${short(about[0].id)}` : '',
    outcomeOf(entry),
    durationMs === undefined ? '' : formatDuration(durationMs),
  ]
}

function outcomeOf({ kind, outcome = '', at }: TraceEntry): string {
  if (kind !== 'waiting') return outcome
  return `${outcome === 'due' ? 'due at' : 'waits since'} ${timeOf(at)}`
}

function timeOf(at: string): string {
  return at.slice(11, 23)
}

/** The end of an id: ids of one moment begin alike. */
function short(id: string): string {
  return `…${id.slice(-8)}`
}

/** What the short forms stand for, each id once. */
function formatIds(entries: readonly TraceEntry[], paint: Paint): string {
  const ids = new Map<string, string>()
  for (const { who, about, jobId } of entries) {
    const actors: readonly (Subject | undefined)[] = [
      who.id && { kind: 'account', id: who.id },
      who.ref && { kind: `${who.kind} reference`, id: who.ref },
      jobId && { kind: 'job', id: jobId },
    ]
    for (const subject of [...actors, ...about]) if (subject) ids.set(subject.id, subject.kind)
  }
  const width = Math.max(0, ...[...ids.values()].map((kind) => kind.length))
  return [...ids].map(([id, kind]) => paint('dim', `${kind.padEnd(width)}  ${id}`)).join('\n')
}

/** One line, such as `1 request, 2 job attempts, 3 events, 1 failure, 4.2 s from click to end`. */
export function formatSummary(summary: Summary): string {
  const counts: readonly (readonly [number, string])[] = [
    [summary.requests, 'request'],
    [summary.attempts, 'job attempt'],
    [summary.events, 'event'],
    [summary.failures, 'failure'],
  ]
  const parts = counts
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `${count} ${noun}${count === 1 ? '' : 's'}`)
  const span = summary.requests > 0 ? 'from click to end' : 'from beginning to end'
  const isOver = summary.pending === 0
  return [
    ...parts,
    `${formatDuration(summary.durationMs)} ${isOver ? span : 'so far'}`,
    ...(isOver ? [] : [`${summary.pending} not over yet`]),
  ].join(', ')
}

function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.round(durationMs)} ms`
  const seconds = durationMs / 1_000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** What could not be asked or read, in sentences. */
export function formatRemarks({ logs, database }: Trace): readonly string[] {
  const reason = ({ errorCode }: { errorCode?: string }) => (errorCode ? ` (${errorCode})` : '')
  const ofLogs: Readonly<Record<Trace['logs']['state'], string | undefined>> = {
    read: undefined,
    absent: 'There are no log files here; pipe the logs in with "--from -" where they go elsewhere.',
    unreadable: `The logs cannot be read${reason(logs)}.`,
  }
  const ofDatabase: Readonly<Record<Trace['database']['state'], string | undefined>> = {
    read: undefined,
    absent: 'There is no database here: told from the logs alone.',
    stopped: 'The embedded database does not run: told from the logs alone.',
    unreachable: `The database cannot be asked${reason(database)}: told from the logs alone.`,
  }
  const broken = logs.brokenLines > 0 ? `Lines that cannot be read: ${logs.brokenLines}.` : undefined
  return [ofLogs[logs.state], broken, ofDatabase[database.state]].filter((remark) => remark !== undefined)
}

/** The answer when nothing was found; how far back the logs go tells whether it may have been there once. */
export function formatUnknown(trace: Trace): string {
  const { logs } = trace
  const since = logs.since ? `, which go back to ${logs.since.slice(0, 19)}Z` : ''
  const places = [
    ...(logs.state === 'read' ? [`${logs.files} log ${logs.files === 1 ? 'file' : 'files'}${since}`] : []),
    ...(trace.database.state === 'read' ? ['the database'] : []),
  ]
  return places.length === 0
    ? 'Nothing could be asked about this request.'
    : `Nothing is known of this request. Asked: ${places.join('; ')}.`
}
