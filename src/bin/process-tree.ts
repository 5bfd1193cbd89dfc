import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, childEnvironment } from '../platform/config.ts'
import { startEmbeddedPostgres } from '../platform/embedded-postgres.ts'
import { AppError } from '../platform/errors.ts'
import { choosePorts } from '../platform/ports.ts'
import { MINUTE, SECOND } from '../platform/units.ts'
import { STOP_DEADLINE_MS } from './lifecycle.ts'
import { migrateAll } from './migrate.ts'

const PROGRAM = fileURLToPath(new URL('./paraph.ts', import.meta.url))
const READY_WITHIN_MS = 1 * MINUTE
const LONGEST_PAUSE_MS = 30 * SECOND

export type ProcessTree = {
  readonly url: string
  readonly metricsUrls: readonly string[]
  readonly logPaths: readonly string[]
  readonly databaseUrl: string
  close(): Promise<void>
}

/**
 * Starts everything: the database (unless DATABASE_URL names one), its migrations, an API and a worker process. A
 * process that ends unasked is started again, after a pause that grows. Throws what each part throws, `port-in-use` too.
 */
export async function startProcessTree(
  config: Config,
  options: { mayMovePorts: boolean; onStep: (step: string) => void },
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
    host: config.host,
    wanted: config.metricsPort,
    count: 2,
    mayMove: options.mayMovePorts && !config.metricsPortChosen,
    setting: 'PARAPH_METRICS_PORT',
  })
  const database = await openDatabaseServer(config, options.onStep)
  options.onStep('migrating the database')
  const children: Child[] = []
  try {
    await migrateAll({ migrateUrl: database.migrateUrl })
    const settings = {
      PARAPH_DATA: config.dataDirectory,
      PARAPH_KEYS: config.keysDirectory,
      DATABASE_URL: database.url,
      PARAPH_PORT: String(port),
    }
    options.onStep('starting the api and the worker')
    children.push(keepRunning('api', { ...settings, PARAPH_METRICS_PORT: String(metricsPort) }))
    children.push(keepRunning('worker', { ...settings, PARAPH_METRICS_PORT: String(metricsPort + 1) }))
    const ready = await Promise.all(children.map((child) => child.ready))
    return {
      url: ready.find((message) => message.url)?.url ?? '',
      metricsUrls: ready.map((message) => message.metricsUrl),
      logPaths: ['api', 'worker'].flatMap((role) =>
        ['app.log', 'audit.log'].map((file) => join(config.logsDirectory, role, file)),
      ),
      databaseUrl: database.url,
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

async function openDatabaseServer(config: Config, onStep: (step: string) => void) {
  if (config.databaseUrl) {
    return { url: config.databaseUrl, migrateUrl: config.migrateUrl, stop: async () => undefined }
  }
  onStep('starting the database')
  const postgres = await startEmbeddedPostgres({ directory: join(config.dataDirectory, 'postgres') })
  return { url: postgres.urls.app, migrateUrl: postgres.urls.migrate, stop: () => postgres.stop() }
}

type Ready = { readonly ready: true; readonly url?: string; readonly metricsUrl: string }
type Child = { readonly ready: Promise<Ready>; stop(): Promise<void> }

/** Runs `paraph <role>` and runs it again whenever it ends unasked. */
function keepRunning(role: 'api' | 'worker', settings: Readonly<Record<string, string>>): Child {
  let current: ChildProcess | undefined
  let isStopping = false
  let pauseMs = 1 * SECOND
  let timer: NodeJS.Timeout | undefined

  const ready = new Promise<Ready>((resolve, reject) => {
    let hasBeenReady = false
    const patience = setTimeout(() => reject(startFailed(role)), READY_WITHIN_MS)
    function start(): void {
      const child = fork(PROGRAM, [role], {
        env: childEnvironment({ ...settings, PARAPH_SUPERVISED: 'true' }),
      })
      current = child
      child.on('message', (message: Ready) => {
        clearTimeout(patience)
        hasBeenReady = true
        pauseMs = 1 * SECOND
        resolve(message)
      })
      child.on('exit', () => {
        if (isStopping) return
        if (!hasBeenReady) {
          clearTimeout(patience)
          reject(startFailed(role))
          return
        }
        timer = setTimeout(start, pauseMs)
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      })
    }
    start()
  })

  return {
    ready,
    stop: async () => {
      isStopping = true
      clearTimeout(timer)
      ready.catch(() => undefined)
      const child = current
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS + 10 * SECOND)
      await ended
      clearTimeout(killer)
    },
  }
}

function startFailed(role: string): AppError {
  return new AppError('start-failed', { title: `The ${role} process did not start; its log says why.` })
}
