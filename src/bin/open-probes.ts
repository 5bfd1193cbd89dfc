import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSources } from '../operations/open-sources.ts'
import type { Presence, Role, Sources } from '../operations/probes.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { breakConnections, type Database, openDatabase } from '../platform/database.ts'
import { askPresence } from '../platform/database-presence.ts'
import { findEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { AppError } from '../platform/errors.ts'
import { MINUTE, SECOND } from '../platform/units.ts'

type Path = '/metrics' | '/readyz' | '/livez'

export type OpenProbes = {
  readonly sources: Sources
  readonly openDatabase: () => Promise<Database | undefined>
  readonly fetchText: (role: Role, path: Path) => Promise<string>
  close(): Promise<void>
}

const ANSWER_LIMIT_MS = 1.2 * SECOND

/** What probes of this installation look at, `minutes` back. Starts nothing: an embedded database that stands is none. */
export function openProbes(config: Config, minutes: number): OpenProbes {
  const { metricsPort: port, metricsToken: token } = config
  const host = reachableHost(config.metricsHost)
  let opened: Promise<Database | undefined> | undefined
  const openOnce = () => {
    opened ??= openProbed(config)
    return opened
  }
  const fetchText = async (role: Role, path: Path): Promise<string> => {
    const answer = await fetch(`http://${host}:${port + (role === 'api' ? 0 : 1)}${path}`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
    if (!answer.ok && path === '/metrics') throw new Error('metrics are not shown to us')
    return answer.text()
  }
  return {
    sources: openSources({
      now: systemClock.now,
      openDatabase: openOnce,
      logsDirectory: config.logTo === 'files' ? config.logsDirectory : undefined,
      dataDirectory: config.dataDirectory,
      fetchMetrics: (role) => fetchText(role, '/metrics'),
      presence: (role) => fetchText(role, '/livez').then(() => 'answers' as const, presenceAfter),
      databasePresence: () => presenceOfDatabase(config),
      windowSeconds: Math.round((minutes * MINUTE) / SECOND),
    }),
    openDatabase: openOnce,
    fetchText,
    // A server that has gone silent must not keep the command.
    close: async () => {
      const db = await opened?.catch(() => undefined)
      const closing = db?.destroy()
      await Promise.race([closing, sleep(200)])
      if (db) breakConnections(db)
      await closing
    },
  }
}

/** Whoever listens everywhere is asked here. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

/** What a failed question says of whom it was put to. Throws it again when it says nothing. */
function presenceAfter(error: unknown): Presence {
  if (!(error instanceof Error)) throw error
  if (error.name === 'TimeoutError') return 'silent'
  const { code } = (error.cause ?? {}) as { code?: unknown }
  if (code === 'ECONNREFUSED') return 'refused'
  // It went away while it was asked.
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'silent'
  throw error
}

async function openProbed(config: Config): Promise<Database | undefined> {
  const url = await findUrl(config)
  if (url === 'absent' || url === 'stopped') return undefined
  return openDatabase(url, {
    applicationName: 'paraph-command',
    maxConnections: 6,
    statementTimeoutMs: ANSWER_LIMIT_MS,
    // Waiting for one of the connections counts as well.
    connectTimeoutMs: 1.4 * SECOND,
  })
}

/** On a connection of its own: those of the probes may be taken by questions that take long. */
async function presenceOfDatabase(config: Config): Promise<Presence> {
  const url = await findUrl(config)
  if (url === 'stopped') return 'refused'
  if (url === 'absent') throw new AppError('database-unavailable', { title: 'There is no database here.' })
  const db = openDatabase(url, {
    applicationName: 'paraph-command',
    maxConnections: 1,
    connectTimeoutMs: ANSWER_LIMIT_MS,
  })
  try {
    return await askPresence(db, ANSWER_LIMIT_MS)
  } finally {
    await db.destroy()
  }
}

/** An embedded database that does not run has no url. */
async function findUrl(config: Config): Promise<string> {
  if (config.databaseUrl !== undefined) return config.databaseUrl
  const found = await findEmbeddedPostgres(join(config.dataDirectory, 'postgres'))
  return found.state === 'running' ? found.urls.app : found.state
}
