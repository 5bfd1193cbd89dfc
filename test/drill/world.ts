import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateAll } from '../../src/bin/migrate.ts'
import { processesOf } from '../../src/platform/embedded-postgres/processes.ts'
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts'
import { findFreePorts } from '../../src/platform/ports.ts'
import { makeExamWith, type Staff, until } from '../support/builders.ts'
import { createClient, type TestClient } from '../support/client.ts'
import { type Ended, type Running, startCommand } from '../support/command.ts'
import { runAs } from '../support/database.ts'

/** An installation as an operator runs it (an api, a worker, a PostgreSQL), for faults to be put into. */
export type World = {
  readonly url: string
  readonly dataDirectory: string
  readonly metricsPort: number
  /** The settings that its commands are run with. */
  readonly environment: Readonly<Record<string, string>>
  readonly admin: TestClient
  readonly markers: readonly [TestClient, TestClient]
  readonly operator: TestClient
  /** A new exam with its rubric and its first marker. */
  newExam(): Promise<Staff>
  /** One statement as the superuser of the database. */
  owner<R extends object>(statement: string, values?: readonly unknown[]): Promise<R[]>
  /** For connections that a fault keeps open. */
  readonly urls: { readonly owner: string; readonly app: string; readonly integrator: string }
  /** `paraph <arguments>` in the environment of this installation. */
  paraph(...command: string[]): Promise<Ended>
  pid(role: 'api' | 'worker'): number
  /** Kills the process if it lives, and starts another in its place, with more settings if need be. */
  restart(role: 'api' | 'worker', env?: Readonly<Record<string, string>>): Promise<void>
  /** The PDF processes of the worker. */
  enginePids(): number[]
  /** Stops every process of the database in its tracks, lets them go on, or kills them. */
  signalDatabase(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): Promise<void>
  /** Ends what is left of the database and starts it again, as its unit would. */
  restartDatabase(): Promise<void>
  close(): Promise<void>
}

const PASSWORD = 'long enough for a test'
/** Short, so that what takes long does so soon. */
const SETTINGS = {
  PARAPH_PAGE_TIMEOUT_SECONDS: '3',
  PARAPH_DOCUMENT_TIMEOUT_SECONDS: '6',
  PARAPH_RETRY_SECONDS: '1',
  PARAPH_REQUEST_LIMIT: '1000000',
}

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'paraph-drill-'))
  const dataDirectory = join(folder, 'data')
  const cluster = join(folder, 'postgres')
  for (const path of [dataDirectory, cluster]) mkdirSync(path, { mode: 0o700 })
  let postgres = await startEmbeddedPostgres({ directory: cluster })
  const { urls } = postgres
  const env = {
    PARAPH_KEYS: join(folder, 'keys'),
    DATABASE_URL: urls.app,
    DATABASE_INTEGRATOR_URL: urls.integrator,
  }
  await migrateAll({ migrateUrl: urls.migrate, keysDirectory: env.PARAPH_KEYS })
  const port = await findFreePorts('127.0.0.1', 3)
  const metricsPort = port + 1
  const all = { ...env, ...SETTINGS, PARAPH_PORT: String(port), PARAPH_METRICS_PORT: String(metricsPort) }
  const url = `http://127.0.0.1:${port}`
  const processes = new Map<'api' | 'worker', Running>()

  async function start(role: 'api' | 'worker', more: Readonly<Record<string, string>> = {}): Promise<void> {
    processes.set(role, startCommand(dataDirectory, [role], { env: { ...all, ...more } }))
    const readyz = `http://127.0.0.1:${metricsPort + (role === 'api' ? 0 : 1)}/readyz`
    await until(async () => ((await fetch(readyz).catch(() => undefined))?.ok ? true : undefined), 60_000)
  }
  async function end(role: 'api' | 'worker', signal: NodeJS.Signals): Promise<void> {
    const running = processes.get(role)
    // What a fault has stopped must be able to end: it holds the streams of the process.
    for (const child of running?.child.pid ? childrenOf(running.child.pid) : []) send(child, 'SIGCONT')
    running?.child.kill('SIGCONT')
    running?.child.kill(signal)
    await running?.ended
  }
  const pid = (role: 'api' | 'worker') => processes.get(role)?.child.pid ?? -1
  async function addClient(role: string, name: string): Promise<TestClient> {
    const email = `${name}@test.invalid`
    const command = ['user', 'add', '--role', role, '--email', email, '--name', 'Camille Exemple']
    const made = await startCommand(dataDirectory, command, { input: PASSWORD, env: all }).ended
    const accountId = /made account (\S+)/.exec(made.stdout)?.[1] ?? ''
    return createClient({ url, origin: url, email, password: PASSWORD, accountId })
  }

  const databasePids = () => processesOf(join(cluster, 'data'))
  const signalDatabase: World['signalDatabase'] = async (signal) => {
    for (const pid of await databasePids()) send(pid, signal)
  }
  const restartDatabase = async (): Promise<void> => {
    await signalDatabase('SIGKILL')
    await until(async () => ((await databasePids()).length === 0 ? true : undefined))
    postgres = await startEmbeddedPostgres({ directory: cluster })
  }
  const close = async (): Promise<void> => {
    await signalDatabase('SIGCONT')
    await Promise.all([end('api', 'SIGKILL'), end('worker', 'SIGKILL')])
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await start('api')
    await start('worker')
    const admin = await addClient('admin', 'admin')
    const markers = [await addClient('marker', 'marker'), await addClient('marker', 'other')] as const
    return {
      url,
      dataDirectory,
      metricsPort,
      environment: { ...all, PARAPH_DATA: dataDirectory },
      admin,
      markers,
      operator: await addClient('operator', 'operator'),
      newExam: () => makeExamWith(admin, markers[0]),
      owner: (statement, values = []) => runAs(urls.owner, statement, [...values]),
      urls,
      paraph: (...command) => startCommand(dataDirectory, command, { env: all }).ended,
      pid,
      restart: async (role, more) => {
        await end(role, 'SIGKILL')
        await start(role, more)
      },
      enginePids: () => childrenOf(pid('worker')),
      signalDatabase,
      restartDatabase,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** None of a process that is gone. */
function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return children.trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended by itself.
  }
}
