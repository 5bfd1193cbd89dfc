import { statfs } from 'node:fs/promises'
import { parseExposition, type Sample } from '../observability/exposition.ts'
import type { Database } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import { readCpuPressure } from './cpu-pressure.ts'
import type { Role, Sources } from './probes.ts'
import { openRecentLines } from './recent-lines.ts'
import { askRows } from './store.ts'

export type SourcesDeps = {
  readonly now: () => Date
  /** The application's login. Throws, or gives undefined, when there is no database to ask. */
  readonly openDatabase: () => Promise<Database | undefined>
  readonly logsDirectory: string
  readonly dataDirectory: string
  /** The metrics of a process, as it prints them. Throws when it does not answer. */
  readonly fetchMetrics: (role: Role) => Promise<string>
  readonly windowSeconds: number
}

/** The sources of an installation, each asked at most once for the same thing. */
export function openSources(deps: SourcesDeps): Sources {
  const since = new Date(deps.now().getTime() - deps.windowSeconds * SECOND)
  const lines = openRecentLines(deps.logsDirectory, since)
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
      const known = samples.get(role) ?? deps.fetchMetrics(role).then(parseExposition)
      samples.set(role, known)
      return known
    },
  }
}
