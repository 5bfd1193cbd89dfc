import { spawn } from 'node:child_process'
import { open, readdir, readFile, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { MINUTE, SECOND } from '../units.ts'
import { SERVER_ENVIRONMENT } from './cluster.ts'
import { directoryUnusable, diskState, startFailed } from './failures.ts'
import { dataArgument, type Folder } from './folder.ts'
import { clusterNameOf, isServerOf, processesOf, signal } from './processes.ts'

/** A living server: `host` is the folder of its unix socket, or 127.0.0.1. */
export type Server = { readonly pid: number; readonly host: string; readonly port: number }

const SOCKET_PORT = 5_432
/** What the kernel's address structure can hold; the server's own path is relative, but every client's is not. */
const SOCKET_PATH_MAX_BYTES = 107
/** Longer than any crash recovery at this size; a server that needs more is left to finish by itself. */
const READY_WITHIN = 5 * MINUTE

const socketPath = (folder: Folder) => join(folder.run, `.s.PGSQL.${SOCKET_PORT}`)

/** Row values reach PostgreSQL's log by many ways (details, statements, casts): only FATAL lines are left, and terse. */
const SETTINGS = {
  log_min_messages: 'fatal',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_statement: 'none',
  log_min_duration_statement: '-1',
  log_connections: '',
  log_disconnections: 'off',
  log_destination: 'stderr',
  logging_collector: 'on',
  log_directory: '../log',
  log_file_mode: '0600',
  log_line_prefix: '%m [%p] %e ',
  log_timezone: 'UTC',
  // One file for each day of the week, overwritten a week later: the folder cannot grow without end.
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  timezone: 'UTC',
  max_connections: '100',
  shared_buffers: '128MB',
  password_encryption: 'scram-sha-256',
  unix_socket_permissions: '0700',
} as const

/**
 * The living server of this folder, ready, or undefined once it is certain that there is none; then what a dead one
 * left (children, pid file, socket) is gone too. The start lock must be held.
 * Throws `database-directory-unusable` when a server holds the folder that we can neither use nor end.
 */
export async function findServer(folder: Folder): Promise<Server | undefined> {
  const begun = performance.now()
  let orphanedSince: number | undefined
  while (performance.now() - begun < READY_WITHIN) {
    const note = await readPidFile(folder)
    const verdict = note === undefined ? 'no' : await isServerOf(folder.data, note.pid)
    if (verdict === 'unknown') {
      throw directoryUnusable(
        'pid-in-doubt',
        'Another PostgreSQL has the number of its last server: stop that one first.',
      )
    }
    if (note !== undefined && verdict === 'yes') {
      if (note.status === 'ready') return { pid: note.pid, host: note.host, port: note.port }
    } else {
      const orphans = await processesOf(folder.data)
      if (orphans.length === 0) {
        if (note !== undefined) await sweepAfter(folder)
        return undefined
      }
      orphanedSince ??= performance.now()
      press(orphans, performance.now() - orphanedSince)
    }
    await sleep(20)
  }
  throw startFailed('timeout', '')
}

/**
 * Ends the children of a server that is gone. They end by themselves, unless they are inside a long query. A new server
 * beside them would corrupt the data; what was committed is in the WAL.
 */
function press(orphans: readonly number[], elapsedMs: number): void {
  if (elapsedMs > 20 * SECOND) throw startFailed('timeout', '')
  if (elapsedMs < 2 * SECOND) return
  for (const pid of orphans) signal(pid, elapsedMs > 6 * SECOND ? 'SIGKILL' : 'SIGQUIT')
}

/**
 * Removes what a dead server left. PostgreSQL does it alone when the old pid is free, but not when that is a zombie
 * that process 1 of a container never collects, nor when another program of this account now has it.
 */
async function sweepAfter(folder: Folder): Promise<void> {
  // A server in another container on the same disk is invisible to us, except that its socket answers.
  const answers = await new Promise<boolean>((resolve) => {
    const probe = connect({ path: socketPath(folder) })
    probe.on('connect', () => resolve(true))
    probe.on('error', () => resolve(false))
    probe.on('close', () => resolve(false))
    probe.on('connect', () => probe.destroy())
  })
  if (answers) {
    throw directoryUnusable('served-elsewhere', 'A server in another container uses it: stop that one first.')
  }
  await rm(join(folder.data, 'postmaster.pid'), { force: true })
  await rm(socketPath(folder), { force: true })
  await rm(`${socketPath(folder)}.lock`, { force: true })
}

/** Starts the server and waits until it takes connections; throws `database-start-failed`. */
export async function startServer(folder: Folder, binaries: string): Promise<Server> {
  if (Buffer.byteLength(socketPath(folder)) <= SOCKET_PATH_MAX_BYTES) {
    return launch(folder, binaries, SOCKET_PORT, { unix_socket_directories: '../run', listen_addresses: '' })
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const port = await findFreePort()
      return await launch(folder, binaries, port, {
        unix_socket_directories: '',
        listen_addresses: '127.0.0.1',
      })
    } catch (error) {
      // Somebody took the port between our look and PostgreSQL's.
      if (
        !(error instanceof AppError) ||
        error.logContext['database.reason'] !== 'address-in-use' ||
        attempt === 5
      )
        throw error
    }
  }
}

async function launch(
  folder: Folder,
  binaries: string,
  port: number,
  listen: Readonly<Record<string, string>>,
): Promise<Server> {
  const settings = {
    ...SETTINGS,
    ...listen,
    port: String(port),
    cluster_name: await clusterNameOf(folder.data),
  }
  const args = ['-D', dataArgument(folder, folder.data)]
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`)
  await rm(folder.bootLog, { force: true })
  const log = await open(folder.bootLog, 'wx', 0o600)
  const child = spawn(join(binaries, 'bin', 'postgres'), args, {
    cwd: folder.data,
    env: SERVER_ENVIRONMENT,
    stdio: ['ignore', log.fd, log.fd],
    // A session of its own: it outlives a killed parent, and Ctrl-C reaches only us, who stop it in order.
    detached: true,
    ...folder.account,
  })
  const ended = new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve)
    child.once('exit', () => resolve(undefined))
  }).then((cause) => ({ cause }))
  await log.close()
  child.unref()
  const deadline = performance.now() + READY_WITHIN
  for (;;) {
    const note = await readPidFile(folder)
    // A killed server's file still says ready: only our own child's counts.
    if (note !== undefined && note.pid === child.pid && note.status === 'ready') {
      return { pid: note.pid, host: note.host, port: note.port }
    }
    const end = await Promise.race([ended, sleep(10)])
    if (end !== undefined) throw startFailed('start', await readFailure(folder, child.pid), end.cause)
    if (performance.now() > deadline) throw startFailed('timeout', '')
  }
}

/**
 * Stops the server for everybody: SIGINT (clients are cut, data is flushed) and, after the deadline, SIGQUIT, which the
 * next start recovers from. Resolves when it and its children have ended; throws `database-stop-failed` when it cannot
 * be ended.
 */
export async function stopServer(folder: Folder, pid: number, deadlineMs: number): Promise<void> {
  const before = await processesOf(folder.data)
  const ended =
    (await endsWithin(folder, pid, 'SIGINT', deadlineMs)) ||
    (await endsWithin(folder, pid, 'SIGQUIT', 10 * SECOND)) ||
    (await endsWithin(folder, pid, 'SIGKILL', 5 * SECOND))
  if (!ended) {
    throw new AppError('database-stop-failed', {
      title: 'The embedded database does not stop: end its process, then start Paraph again.',
      logContext: { 'process.pid': pid },
    })
  }
  // The log collector goes a moment after its parent. Whatever stays longer is for the next start to end; a new server
  // may already run here, so that only the processes seen before count.
  for (const until = performance.now() + 5 * SECOND; performance.now() < until; await sleep(10)) {
    const left = await processesOf(folder.data)
    if (!left.some((child) => before.includes(child))) return
  }
}

async function endsWithin(
  folder: Folder,
  pid: number,
  name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL',
  waitMs: number,
): Promise<boolean> {
  const until = performance.now() + waitMs
  // Asked before each signal: the pid may belong to somebody else by now.
  if ((await isServerOf(folder.data, pid)) === 'yes') signal(pid, name)
  while ((await isServerOf(folder.data, pid)) === 'yes') {
    if (performance.now() > until) return false
    await sleep(10)
  }
  return true
}

type PidNote = Server & { readonly status: string }

/** PostgreSQL's postmaster.pid; undefined when it is absent or not yet written to its end. */
export async function readPidFile(folder: Folder): Promise<PidNote | undefined> {
  // Absent: no server, or one that has just ended.
  const text = await readFile(join(folder.data, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid = '', , , port = '', socketFolder = '', , , status = ''] = text.split('\n')
  if (!(Number(pid) > 0)) return undefined
  const host = socketFolder === '' ? '127.0.0.1' : folder.run
  return { pid: Number(pid), host, port: Number(port), status: status.trim() }
}

/** What the server said about its end: on stderr before its log collector ran, in the log (by its pid) after that. */
async function readFailure(folder: Folder, pid: number | undefined): Promise<string> {
  const said = [await readFile(folder.bootLog, 'utf8'), await diskState(folder.root)]
  for (const name of await readdir(folder.log)) {
    const lines = (await readFile(join(folder.log, name), 'utf8')).split('\n')
    said.push(...lines.filter((line) => line.includes(`[${pid}]`)))
  }
  return said.join('\n')
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return typeof address === 'object' && address !== null ? address.port : 0
}
