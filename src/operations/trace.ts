import { describeError } from '../observability/opaque-error.ts'
import type { Database } from '../platform/database.ts'
import { type LogSource, readLines } from './log-files.ts'
import type { LogLine } from './log-lines.ts'
import { type Recorded, readRecorded, type Story, tellStory } from './story.ts'

/** What is known of one request, and where it was looked for. */
export type Trace = Story & {
  readonly requestId: string
  readonly found: boolean
  readonly logs: LogsAsked
  readonly database: DatabaseAsked
}

export type LogsAsked = {
  readonly state: 'read' | 'absent' | 'unreadable'
  readonly files: number
  readonly brokenLines: number
  /** Time of the oldest line. */
  readonly since: string | undefined
  readonly errorCode?: string
}

export type DatabaseAsked = {
  readonly state: 'read' | 'absent' | 'stopped' | 'unreachable'
  readonly errorCode?: string
}

export type TraceDeps = {
  readonly now: () => Date
  /** The logs, none when there are none. */
  readonly openLogs: () => Promise<readonly LogSource[]>
  /** The database, or why there is none to ask. The caller closes it. */
  readonly openDatabase: () => Promise<Database | 'absent' | 'stopped'>
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void
}

/**
 * Finds everything that happened under a request id: its log lines, its audit events and its jobs, those included that
 * still wait. What cannot be asked is said in the result; the rest is told all the same. Changes nothing.
 */
export async function traceRequest(deps: TraceDeps, requestId: string): Promise<Trace> {
  // First the logs: an event has been committed when its line is written, so that the database must know it.
  const { lines, ...logs } = await askLogs(deps, requestId)
  const { recorded, ...database } = await askDatabase(deps, requestId)
  const story = tellStory(lines, recorded, deps.now())
  return { requestId, found: story.entries.length > 0, ...story, logs, database }
}

/** Exit codes of the house: 0 found, 1 unknown, 3 when something that might know it could not be asked. */
export function exitCodeOf({ found, logs, database }: Trace): 0 | 1 | 3 {
  if (found) return 0
  const states: readonly string[] = [logs.state, database.state]
  const isCertain = states.includes('read') && states.every((state) => state === 'read' || state === 'absent')
  return isCertain ? 1 : 3
}

async function askLogs(
  deps: TraceDeps,
  requestId: string,
): Promise<LogsAsked & { readonly lines: readonly LogLine[] }> {
  const nothing = { lines: [], files: 0, brokenLines: 0, since: undefined }
  try {
    const sources = await deps.openLogs()
    if (sources.length === 0) return { ...nothing, state: 'absent' }
    const totalBytes = sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    let doneBytes = 0
    const { broken, ...reading } = await readLines(sources, requestId, (bytes) => {
      doneBytes += bytes
      deps.onProgress?.(doneBytes, totalBytes)
    })
    return { ...reading, brokenLines: broken, state: 'read' }
  } catch (error) {
    return { ...nothing, state: 'unreadable', ...codeOf(error) }
  }
}

async function askDatabase(
  deps: TraceDeps,
  requestId: string,
): Promise<DatabaseAsked & { readonly recorded: Recorded | undefined }> {
  try {
    const db = await deps.openDatabase()
    if (typeof db === 'string') return { state: db, recorded: undefined }
    return { state: 'read', recorded: await readRecorded(db, requestId) }
  } catch (error) {
    return { state: 'unreachable', recorded: undefined, ...codeOf(error) }
  }
}

function codeOf(error: unknown): { errorCode?: string } {
  const code = describeError(error)['error.code']
  return typeof code === 'string' ? { errorCode: code } : {}
}
