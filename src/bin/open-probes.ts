import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openSources } from '../operations/open-sources.ts'
import type { Role, Sources } from '../operations/probes.ts'
import { systemClock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { findEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { MINUTE, SECOND } from '../platform/units.ts'

export type OpenProbes = {
  readonly sources: Sources
  readonly openDatabase: () => Promise<Database | undefined>
  readonly fetchText: (role: Role, path: '/metrics' | '/readyz') => Promise<string>
  close(): Promise<void>
}

const ANSWER_LIMIT_MS = 1.2 * SECOND

/** What probes of this installation look at, `minutes` back. Starts nothing: an embedded database that stands is none. */
export function openProbes(config: Config, minutes: number): OpenProbes {
  const { metricsHost: host, metricsPort: port, metricsToken: token } = config
  let opened: Promise<Database | undefined> | undefined
  const openOnce = () => {
    opened ??= openProbed(config)
    return opened
  }
  const fetchText = async (role: Role, path: '/metrics' | '/readyz'): Promise<string> => {
    const answer = await fetch(`http://${host}:${port + (role === 'api' ? 0 : 1)}${path}`, {
      signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
    return answer.text()
  }
  return {
    sources: openSources({
      now: systemClock.now,
      openDatabase: openOnce,
      logsDirectory: config.logsDirectory,
      dataDirectory: config.dataDirectory,
      fetchMetrics: (role) => fetchText(role, '/metrics'),
      windowSeconds: Math.round((minutes * MINUTE) / SECOND),
    }),
    openDatabase: openOnce,
    fetchText,
    // A server that has gone silent must not keep the command.
    close: async () => {
      const db = await opened?.catch(() => undefined)
      await Promise.race([db?.destroy(), sleep(200)])
    },
  }
}

async function openProbed(config: Config): Promise<Database | undefined> {
  const url = config.databaseUrl ?? (await findRunning(config))
  if (url === undefined) return undefined
  return openDatabase(url, {
    applicationName: 'paraph-command',
    maxConnections: 6,
    statementTimeoutMs: ANSWER_LIMIT_MS,
    // Waiting for one of the connections counts as well.
    connectTimeoutMs: 1.4 * SECOND,
  })
}

async function findRunning(config: Config): Promise<string | undefined> {
  const found = await findEmbeddedPostgres(join(config.dataDirectory, 'postgres'))
  return found.state === 'running' ? found.urls.app : undefined
}
