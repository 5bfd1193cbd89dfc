import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { composeApi, composeHandlers } from '../../src/bin/compose.ts'
import { publishGauges } from '../../src/bin/gauges.ts'
import { openServices, type Services } from '../../src/bin/services.ts'
import { createRenderer, type RenderMarkedPdf } from '../../src/marking/render.ts'
import { runInContext } from '../../src/observability/context.ts'
import { configureLogging, log } from '../../src/observability/log.ts'
import { exposeMetrics, registry } from '../../src/observability/metrics.ts'
import { createEnginePool, type EnginePool } from '../../src/pdf/engine-pool.ts'
import { addAccount } from '../../src/people/add-account.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { openDatabase } from '../../src/platform/database.ts'
import type { Role } from '../../src/platform/http-route.ts'
import { newId } from '../../src/platform/ids.ts'
import { findFreePorts } from '../../src/platform/ports.ts'
import { startWorker } from '../../src/queue/run.ts'
import { createClient, type SignedIn } from './client.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string; readonly level: string }

export type TestApp = {
  readonly url: string
  /** Everything that is mounted. */
  readonly endpoints: FastifyInstance['endpoints']
  readonly database: TestDatabase
  readonly services: Services
  /** The installation's own folder: `work` and `blobs` are in it. */
  readonly folder: string
  /** Everything this process has logged, parsed. */
  readonly lines: readonly LogLine[]
  /** A signed-in account of that role; each call makes a new one. */
  signIn(role: Role): Promise<SignedIn>
  /** The value of one series of this process. */
  metric(name: string, labels?: Record<string, string>): Promise<number | undefined>
  collectGauges(): Promise<void>
  close(): Promise<void>
}

const ORIGIN = 'https://paraph.test'
/** Of every account of a test. */
export const PASSWORD = 'long enough for a test'

/**
 * The whole application on a database of its own: the real HTTP server on a free port and, unless `worker` is false, a
 * real worker with real engine processes. `wrapRenderer` wraps the real renderer, to make it fail, and `wrapPool` the
 * pool of engine processes, to watch it.
 */
export async function openTestApp(
  options: {
    worker?: boolean
    lockSeconds?: number
    /** Serves the built web application to browsers, under an origin that is the address itself. */
    webDirectory?: string
    /** Connections of the database pool that requests share. */
    maxConnections?: number
    /** Further settings, by the names of their variables. */
    settings?: Readonly<Record<string, string>>
    /** Longest silence of an engine process. */
    pageTimeoutMs?: number
    wrapPool?: (pool: EnginePool) => EnginePool
    wrapRenderer?: (render: RenderMarkedPdf) => RenderMarkedPdf
  } = {},
): Promise<TestApp> {
  const database = await createTestDatabase()
  const folder = mkdtempSync(join(tmpdir(), 'paraph-app-'))
  const lines: LogLine[] = []
  const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
  configureLogging({ audit: memory, app: memory, now: systemClock.now })
  exposeMetrics('api')
  exposeMetrics('worker')
  const config = loadConfig(
    {},
    {
      PARAPH_DATA: folder,
      DATABASE_URL: database.url,
      PARAPH_RETRY_SECONDS: '1',
      // Nobody shows metrics there.
      PARAPH_METRICS_PORT: '1',
      // Tests come from one address, faster than people.
      PARAPH_SIGN_IN_LIMIT: '1000000',
      PARAPH_REQUEST_LIMIT: '1000000',
      PARAPH_LOCK_SECONDS: String(options.lockSeconds ?? 1_800),
      ...options.settings,
    },
  )
  const opened = await openServices(config, 'worker')
  const db = options.maxConnections
    ? openDatabase(database.url, {
        applicationName: 'paraph-few',
        maxConnections: options.maxConnections,
      })
    : opened.db
  const services = { ...opened, db }
  const port = options.webDirectory === undefined ? 0 : await findFreePorts('127.0.0.1', 1)
  const origin = options.webDirectory === undefined ? ORIGIN : `http://127.0.0.1:${port}`
  const app = await composeApi(services, {
    config,
    origins: [origin],
    version: '0.0.0',
    webDirectory: options.webDirectory,
  })
  const url = await app.listen({ host: '127.0.0.1', port })
  const stopJobs = options.worker === false ? async () => undefined : startJobs()

  function startJobs(): () => Promise<void> {
    const { workDirectory } = config
    const engines = createEnginePool({
      workDirectory: join(workDirectory, 'engine'),
      size: 1,
      onFault: (code) => log.jobs.warning('engine.fault', { 'error.code': code }),
      ...(options.pageTimeoutMs === undefined ? {} : { pageTimeoutMs: options.pageTimeoutMs }),
    })
    const pool = options.wrapPool?.(engines) ?? engines
    const renderer = createRenderer({ pool, blobs: services.blobs, workDirectory })
    const renderMarkedPdf = options.wrapRenderer?.(renderer) ?? renderer
    const worker = startWorker({
      boss: services.boss,
      url: database.url,
      applicationName: 'paraph-test',
      handlers: composeHandlers(services, { pool, renderMarkedPdf, workDirectory, concurrency: 2 }),
    })
    return async () => {
      await worker.stop(10_000)
      await pool.close()
    }
  }

  return {
    url,
    endpoints: app.endpoints,
    database,
    services,
    folder,
    lines,
    signIn: async (role) => {
      const email = `${role}-${newId()}@test.invalid`
      const account = await runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
        addAccount(services, { email, name: 'Camille Exemple', role, password: PASSWORD }),
      )
      return createClient({ url, origin, email, password: PASSWORD, accountId: account.accountId })
    },
    metric: async (name, labels = {}) => {
      const families = await registry.getMetricsAsJSON()
      const samples = families.flatMap((family) =>
        family.values.map((sample) => ({
          ...sample,
          name: (sample as { metricName?: string }).metricName ?? family.name,
        })),
      )
      return samples.find(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(
            ([label, value]) => (sample.labels as Record<string, unknown>)[label] === value,
          ),
      )?.value
    },
    collectGauges: () => publishGauges(services.db),
    close: async () => {
      await stopJobs()
      await app.close()
      await services.close()
      if (db !== opened.db) await db.destroy()
      await database.drop()
      configureLogging(undefined)
      rmSync(folder, { recursive: true, force: true })
      rmSync(`${folder}-keys`, { recursive: true, force: true })
    },
  }
}
