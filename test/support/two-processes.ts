import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrateAll } from '../../src/bin/migrate.ts'
import { processesOf } from '../../src/platform/embedded-postgres/processes.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { findFreePorts } from '../../src/platform/ports.ts'
import { type Running, startCommand } from './command.ts'
import { type Scrape, scrape } from './scrape.ts'

export type Probed = { readonly status: number; readonly body: Record<string, unknown> }
export type RunningProcess = {
  readonly command: Running
  scrape(): Promise<Scrape>
  probe(path: '/livez' | '/readyz'): Promise<Probed>
}
export type TwoProcesses = {
  readonly url: string
  readonly api: RunningProcess
  readonly worker: RunningProcess
  readonly postgres: EmbeddedPostgres
  readonly folder: string
  /** Stops every process of the database in its tracks, or lets them go on. */
  freezeDatabase(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>
  /** Starts the database again after it was stopped. */
  startDatabase(): Promise<void>
  close(): Promise<void>
}

/** An api and a worker, as an operator starts them, on a PostgreSQL of their own that can be stopped. */
export async function startTwoProcesses(): Promise<TwoProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-two-'))
  const cluster = join(folder, 'postgres')
  mkdirSync(cluster)
  const postgres = await startEmbeddedPostgres({ directory: cluster })
  await migrateAll({ migrateUrl: postgres.urls.migrate })
  const port = await findFreePorts('127.0.0.1', 3)
  const env = {
    DATABASE_URL: postgres.urls.app,
    DATABASE_INTEGRATOR_URL: postgres.urls.integrator,
    PARAPH_PORT: String(port),
    PARAPH_METRICS_PORT: String(port + 1),
    // Tests come from one address, faster than people.
    PARAPH_REQUEST_LIMIT: '1000000',
  }
  const start = (role: 'api' | 'worker', metricsPort: number): RunningProcess => {
    const at = (path: string) => `http://127.0.0.1:${metricsPort}${path}`
    return {
      command: startCommand(join(folder, 'data'), [role], { env }),
      scrape: () => scrape(at('/metrics')),
      probe: async (path) => {
        const answer = await fetch(at(path))
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
      },
    }
  }
  const api = start('api', port + 1)
  const worker = start('worker', port + 2)
  const freezeDatabase = async (signal: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of await processesOf(join(cluster, 'data'))) process.kill(pid, signal)
  }
  const processes: TwoProcesses = {
    url: `http://127.0.0.1:${port}`,
    api,
    worker,
    postgres,
    folder,
    freezeDatabase,
    startDatabase: async () => void (await startEmbeddedPostgres({ directory: cluster })),
    close: async () => {
      await freezeDatabase('SIGCONT')
      for (const { command } of [api, worker]) command.child.kill('SIGTERM')
      await Promise.all([api.command.ended, worker.command.ended])
      await postgres.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await Promise.all([untilReady(api), untilReady(worker)])
  } catch (error) {
    await processes.close()
    throw error
  }
  return processes
}

const START_LIMIT_MS = 90_000

/** Waits until the process says that it can do its work; throws when it ends instead. */
export async function untilReady(process: RunningProcess): Promise<void> {
  const until = performance.now() + START_LIMIT_MS
  for (;;) {
    const answer = await process.probe('/readyz').catch(() => undefined)
    if (answer?.status === 200) return
    const hasEnded = process.command.child.exitCode !== null
    if (hasEnded || performance.now() > until) {
      throw new Error(
        `not ready: ${hasEnded ? (await process.command.ended).stderr : JSON.stringify(answer)}`,
      )
    }
    await sleep(100)
  }
}
