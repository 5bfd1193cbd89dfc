import { mkdirSync } from 'node:fs'
import type { Config } from '../platform/config.ts'
import { choosePorts } from '../platform/ports.ts'
import { buildWeb } from './build-web.ts'
import { type KeptDatabase, keepDatabase } from './keep-database.ts'
import { type Child, keepRunning } from './keep-running.ts'
import { assertMigrated, migrateAll } from './migrate.ts'
import { startOwnWitness } from './own-witness.ts'

export type ProcessTree = {
  readonly url: string
  readonly metricsUrls: readonly string[]
  /** Empty when the lines go to standard output. */
  readonly logPaths: readonly string[]
  readonly databaseUrl: string
  /** All logins, for commands that do more than the application may. */
  readonly urls: KeptDatabase['urls']
  /** The verifier key of the witness that was started beside, if one was. */
  readonly witnessVkey: string | undefined
  close(): Promise<void>
}

/**
 * Starts everything: the database (unless DATABASE_URL names one), its migrations, an API and a worker process. A
 * process that ends unasked is started again, after a pause that grows. Throws what each part throws, `port-in-use` too.
 */
export async function startProcessTree(
  config: Config,
  options: { mayMovePorts: boolean; withWitness?: boolean; onStep: (step: string) => void },
): Promise<ProcessTree> {
  mkdirSync(config.dataDirectory, { recursive: true })
  const port = await choosePorts({
    host: config.host,
    wanted: config.port,
    count: 1,
    mayMove: options.mayMovePorts && !config.portChosen,
    setting: 'PARAPH_PORT',
  })
  const metricsPort = await choosePorts({
    host: config.metricsHost,
    wanted: config.metricsPort,
    count: 2,
    mayMove: options.mayMovePorts && !config.metricsPortChosen,
    setting: 'PARAPH_METRICS_PORT',
  })
  const web = await buildWeb(options.onStep)
  if (!web) options.onStep('the web application could not be built; the API starts without it')
  const database = await keepDatabase(config, options.onStep)
  const { urls } = database
  options.onStep('bringing the database up to date')
  const children: Child[] = []
  try {
    if (urls.migrate) await migrateAll({ migrateUrl: urls.migrate, keysDirectory: config.keysDirectory })
    else await assertMigrated(urls.app)
    const settings = {
      PARAPH_DATA: config.dataDirectory,
      PARAPH_KEYS: config.keysDirectory,
      DATABASE_URL: urls.app,
      PARAPH_PORT: String(port),
      // The worker takes the next one.
      PARAPH_METRICS_PORT: String(metricsPort),
    }
    const witness = options.withWitness ? await startOwnWitness(config) : undefined
    if (witness) children.push(witness.child)
    options.onStep('starting the api and the worker')
    const api = keepRunning('api', settings)
    children.push(api)
    const worker = keepRunning('worker', {
      ...settings,
      // The api, which answers strangers, never holds the login that orders the audit log.
      DATABASE_INTEGRATOR_URL: urls.integrator,
      ...(witness && { PARAPH_WITNESSES: `${witness.url} ${witness.vkey}` }),
    })
    children.push(worker)
    const ready = await Promise.all([api.ready, worker.ready])
    return {
      url: ready.find((message) => message.url)?.url ?? '',
      metricsUrls: ready.map((message) => message.metricsUrl),
      logPaths: ready.flatMap((message) => message.logPaths),
      databaseUrl: urls.app,
      urls,
      witnessVkey: witness?.vkey,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }

  async function close(): Promise<void> {
    await Promise.all(children.map((child) => child.stop()))
    await database.stop()
  }
}
