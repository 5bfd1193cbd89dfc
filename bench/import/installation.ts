import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateAll } from '../../src/bin/migrate.ts'
import { processesOf } from '../../src/platform/embedded-postgres/processes.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { findFreePorts } from '../../src/platform/ports.ts'
import { makeExamWith, type Staff, until } from '../../test/support/builders.ts'
import { createClient, type TestClient } from '../../test/support/client.ts'
import { startCommand } from '../../test/support/command.ts'
import { type ProcessorTime, readProcessorTime, treeOf } from './processor-time.ts'

const PASSWORD = 'long enough for a test'
const START_LIMIT_MS = 90_000

/** An api and a worker with the settings of the product, on an embedded PostgreSQL, in a folder that goes with it. */
export type Installation = {
  readonly url: string
  /** An exam with its rubric, an administrator and a marker. */
  readonly staff: Staff
  /** What each part has used of the processors so far. */
  measureProcessors(): Promise<Readonly<Record<'api' | 'worker' | 'database', ProcessorTime>>>
  close(): Promise<void>
}

export async function openInstallation(): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-bench-import-'))
  const [data, cluster] = [join(folder, 'data'), join(folder, 'postgres')]
  for (const path of [data, cluster]) mkdirSync(path, { mode: 0o700 })
  const postgres = await startEmbeddedPostgres({ directory: cluster })
  const port = await findFreePorts('127.0.0.1', 3)
  const env = {
    PARAPH_KEYS: join(folder, 'keys'),
    DATABASE_URL: postgres.urls.app,
    DATABASE_INTEGRATOR_URL: postgres.urls.integrator,
    PARAPH_PORT: String(port),
    PARAPH_METRICS_PORT: String(port + 1),
    // One account does here in a minute what a marker does in ten.
    PARAPH_REQUEST_LIMIT: '1000000',
  }
  await migrateAll({ migrateUrl: postgres.urls.migrate, keysDirectory: env.PARAPH_KEYS })
  const url = `http://127.0.0.1:${port}`
  const [api, worker] = (['api', 'worker'] as const).map((role) => startCommand(data, [role], { env }))
  if (!api || !worker) throw new Error('nothing was started')
  const close = async (): Promise<void> => {
    for (const { child } of [api, worker]) child.kill('SIGTERM')
    await Promise.all([api.ended, worker.ended])
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  async function addClient(role: 'admin' | 'marker'): Promise<TestClient> {
    const email = `${role}@bench.invalid`
    const command = ['user', 'add', '--role', role, '--email', email, '--name', 'Camille Exemple']
    const made = await startCommand(data, command, { input: PASSWORD, env }).ended
    const accountId = /made account (\S+)/.exec(made.stdout)?.[1] ?? ''
    return createClient({ url, origin: url, email, password: PASSWORD, accountId })
  }
  try {
    for (const metricsPort of [port + 1, port + 2]) await untilReady(metricsPort)
    return {
      url,
      staff: await makeExamWith(await addClient('admin'), await addClient('marker')),
      measureProcessors: async () => ({
        api: readProcessorTime(treeOf(api.child.pid ?? -1)),
        worker: readProcessorTime(treeOf(worker.child.pid ?? -1)),
        database: readProcessorTime(await processesOf(join(cluster, 'data'))),
      }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function untilReady(metricsPort: number): Promise<true> {
  const ask = () => fetch(`http://127.0.0.1:${metricsPort}/readyz`).catch(() => undefined)
  return until(async () => ((await ask())?.ok ? true : undefined), START_LIMIT_MS)
}
