import { readdirSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPackage, prepareBinaries } from './embedded-postgres/binaries.ts'
import { hasCluster, initializeCluster } from './embedded-postgres/cluster.ts'
import { onFolder, startFailed, systemCodeOf } from './embedded-postgres/failures.ts'
import {
  type Folder,
  openFolder,
  type PasswordHolder,
  type Passwords,
  partsOf,
  readPassword,
  readPasswords,
} from './embedded-postgres/folder.ts'
import {
  findServer,
  readPidFile,
  type Server,
  startServer,
  stopServer,
} from './embedded-postgres/postmaster.ts'
import { isServerOf } from './embedded-postgres/processes.ts'
import { ensureRoles, urlOf } from './embedded-postgres/roles.ts'
import { takeStartLock } from './embedded-postgres/start-lock.ts'
import { AppError } from './errors.ts'
import { MINUTE, SECOND } from './units.ts'

export type EmbeddedPostgresStep = 'preparing' | 'initializing' | 'starting' | 'ready'

export type EmbeddedPostgres = {
  /** For the `pg` package. `owner` is the superuser: for the launcher and the tests, never for the application. */
  readonly urls: {
    readonly owner: string
    readonly migrate: string
    readonly app: string
    readonly integrator: string
    readonly eraser: string
  }
  readonly pid: number
  /** True when a living server was found and used, so that others may depend on it. */
  readonly attached: boolean
  /** The log files there are when you ask. */
  readonly logPaths: readonly string[]
  /** Stops the server for everybody, attached or not; resolves when it has ended. Twice is as good as once. */
  stop(options?: { readonly deadlineMs?: number }): Promise<void>
}

/**
 * Makes, repairs and starts the PostgreSQL kept in `directory`, or attaches to the one that runs there.
 * Two starts at once are safe: the second waits, then attaches. The server outlives this process unless stopped.
 * Throws `database-directory-unusable`, `database-binaries-missing`, `database-binaries-unusable`,
 * `database-version-mismatch`, `database-secrets-unusable`, `database-busy`, `database-start-failed`.
 */
export async function startEmbeddedPostgres(options: {
  readonly directory: string
  readonly onProgress?: (step: EmbeddedPostgresStep) => void
}): Promise<EmbeddedPostgres> {
  const report = options.onProgress ?? (() => undefined)
  return onFolder(async () => {
    report('preparing')
    const folder = await openFolder(options.directory)
    const release = await takeStartLock(folder.lock, 10 * MINUTE)
    try {
      const attached = await attach(folder)
      const found = attached ?? (await start(folder, report))
      report('ready')
      return describe(folder, found.server, found.passwords, attached !== undefined)
    } finally {
      release()
    }
  })
}

type Found = { readonly server: Server; readonly passwords: Passwords }

/** The server that already runs here, with its roles checked; undefined when there is none. */
async function attach(folder: Folder): Promise<Found | undefined> {
  const deadline = performance.now() + MINUTE
  for (;;) {
    if (!(await hasCluster(folder))) return undefined
    const server = await findServer(folder)
    if (server === undefined) return undefined
    const passwords = await readPasswords(folder, true)
    try {
      await ensureRoles(server, passwords)
      return { server, passwords }
    } catch (error) {
      // It was told to stop just as we came: wait for its end, then start it anew.
      if (error instanceof AppError) throw error
      if (performance.now() > deadline) throw startFailed('roles', '', error)
      await sleep(100)
    }
  }
}

async function start(folder: Folder, report: (step: EmbeddedPostgresStep) => void): Promise<Found> {
  const binaries = await prepareBinaries({
    packageFolder: findPackage(),
    account: folder.account,
    ownFolder: join(folder.root, 'binaries'),
  })
  const exists = await hasCluster(folder)
  // Written before the cluster is made: a cluster without its password could not be repaired.
  const passwords = await readPasswords(folder, exists)
  if (!exists) {
    report('initializing')
    await initializeCluster(folder, binaries, passwords.postgres)
  }
  report('starting')
  const server = await startServer(folder, binaries)
  try {
    await ensureRoles(server, passwords)
  } catch (error) {
    await stopServer(folder, server.pid, 10 * SECOND)
    throw error instanceof AppError ? error : startFailed('roles', '', error)
  }
  return { server, passwords }
}

function describe(folder: Folder, server: Server, passwords: Passwords, attached: boolean): EmbeddedPostgres {
  let stopping: Promise<void> | undefined
  return {
    urls: {
      owner: urlOf(server, 'postgres', passwords.postgres),
      migrate: urlOf(server, 'paraph_migrate', passwords.paraph_migrate),
      app: urlOf(server, 'paraph_app', passwords.paraph_app),
      integrator: urlOf(server, 'paraph_integrator', passwords.paraph_integrator),
      eraser: urlOf(server, 'paraph_eraser', passwords.paraph_eraser),
    },
    pid: server.pid,
    attached,
    get logPaths() {
      return [folder.bootLog, ...readdirSync(folder.log).map((name) => join(folder.log, name))]
    },
    stop({ deadlineMs = 30 * SECOND } = {}) {
      stopping ??= stopServer(folder, server.pid, deadlineMs)
      return stopping
    },
  }
}

export type FoundPostgres =
  | { readonly state: 'absent' | 'stopped' }
  | {
      readonly state: 'running'
      readonly urls: {
        readonly app: string
        /** Undefined while a server of an older Paraph runs, which did not have the login. */
        readonly integrator: string | undefined
        readonly eraser: string | undefined
      }
    }

/**
 * The connections to the PostgreSQL of `directory`, if it runs. Only looks: nothing is made, repaired, started or
 * ended, so that a diagnosis does not change what it is about. Throws the system's error for a folder that may not be
 * read, and `database-version-mismatch`.
 */
export async function findEmbeddedPostgres(directory: string): Promise<FoundPostgres> {
  const root = await realpath(directory).catch((error: unknown) => {
    if (systemCodeOf(error) !== 'ENOENT') throw error
  })
  if (root === undefined) return { state: 'absent' }
  const folder = partsOf(root, undefined)
  if (!(await hasCluster(folder))) return { state: 'absent' }
  const note = await readPidFile(folder)
  const isRunning = note?.status === 'ready' && (await isServerOf(folder.data, note.pid)) !== 'no'
  if (!isRunning) return { state: 'stopped' }
  const findUrl = async (login: PasswordHolder) => {
    const password = await readPassword(folder, login)
    return password === undefined ? undefined : urlOf(note, login, password)
  }
  const app = await findUrl('paraph_app')
  if (app === undefined) return { state: 'stopped' }
  const integrator = await findUrl('paraph_integrator')
  const eraser = await findUrl('paraph_eraser')
  return { state: 'running', urls: { app, integrator, eraser } }
}
