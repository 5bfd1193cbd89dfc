import { statfs } from 'node:fs/promises'
import { parseExposition, type Sample } from '../observability/exposition.ts'
import type { Database } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import { readCpuPressure } from './cpu-pressure.ts'
import type { Presence, Role, Sources } from './probes.ts'
import { openRecentLines, type RecentLines } from './recent-lines.ts'
import { askRows } from './store.ts'

export type SourcesDeps = {
  readonly now: () => Date
  /** The application's login. Throws, or gives undefined, when there is no database to ask. */
  readonly openDatabase: () => Promise<Database | undefined>
  /** Undefined where the logs go to standard output: then there are no lines to ask. */
  readonly logsDirectory: string | undefined
  readonly dataDirectory: string
  /** The metrics of a process, as it prints them. Throws when it does not answer. */
  readonly fetchMetrics: (role: Role) => Promise<string>
  readonly presence: (role: Role) => Promise<Presence>
  readonly databasePresence: () => Promise<Presence>
  readonly windowSeconds: number
}

const NO_LINES: RecentLines = { lines: async () => [], newest: async () => undefined }

/** The sources of an installation, each asked at most once for the same thing. */
export function openSources(deps: SourcesDeps): Sources {
  const since = new Date(deps.now().getTime() - deps.windowSeconds * SECOND)
  const { lines, newest } =
    deps.logsDirectory === undefined ? NO_LINES : openRecentLines(deps.logsDirectory, since)
  let database: Promise<Database> | undefined
  const samples = new Map<Role, Promise<readonly Sample[]>>()

  async function open(): Promise<Database> {
    const db = await deps.openDatabase()
    if (db === undefined) throw new AppError('database-unavailable', { title: 'The database does not run.' })
    return db
  }
  return {
    windowSeconds: deps.windowSeconds,
    now: deps.now,
    lines,
    newest,
    presence: deps.presence,
    databasePresence: deps.databasePresence,
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(deps.dataDirectory)
      return bavail * bsize
    },
    cpuPressure: readCpuPressure,
    rows: async (statement) => {
      database ??= open()
      return askRows(await database, statement)
    },
    samples: (role) => {
      const known = samples.get(role) ?? deps.fetchMetrics(role).then(parseOurs)
      samples.set(role, known)
      return known
    },
  }
}

/** Another program may have the port; what it shows is not ours to repeat. */
function parseOurs(text: string): readonly Sample[] {
  if (isOurs(text)) return parseExposition(text)
  throw new Error('not the metrics of Paraph')
}

/** Whether a text is what a process of ours shows as its metrics. */
export function isOurs(text: string): boolean {
  return text.includes('\nparaph_collector_errors_total{')
}
