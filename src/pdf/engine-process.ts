import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { type EngineErrorCode, isEngineErrorCode } from './errors.ts'

/** What a child says. A child works on hostile files, so the parent believes none of it unread. */
export type EngineMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly value: unknown }
  | { readonly type: 'done'; readonly value: unknown }
  | { readonly type: 'failed'; readonly code: EngineErrorCode; readonly pageIndex: number | undefined }

export type EngineProcess = {
  readonly pid: number | undefined
  readonly exited: Promise<void>
  send(task: object, onLost: () => void): void
  kill(): void
  emptyFolder(): Promise<void>
  /** Resident memory in KiB; `undefined` where the system does not tell. */
  readResidentKib(): Promise<number | undefined>
}

export type EngineProcessOptions = {
  readonly module: string
  readonly folder: string
  readonly memoryLimitKib: number
  readonly onMessage: (message: EngineMessage) => void
}

/**
 * Pixels live outside V8's heap, yet make it collect: almost once a page. A heap that starts larger does so less often,
 * and without helper threads, which would only fight over the cores.
 */
const nodeOptions = ['--initial-heap-size=192', '--single-threaded-gc'] as const

/** Becomes Node, without a network where the system lets an ordinary user drop it. */
const becomeNode = 'if unshare -rn true; then exec unshare -rn "$0" "$@"; fi; exec "$0" "$@"'

/**
 * Starts one child in its own empty folder (0700), in its own session so that Ctrl-C reaches the parent alone.
 * The shell only sets the limits, which Node cannot do for a child, and then becomes Node.
 */
export async function startEngineProcess(options: EngineProcessOptions): Promise<EngineProcess> {
  const { folder } = options
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const limits = `ulimit -d ${Math.floor(options.memoryLimitKib)}; ulimit -c 0; ${becomeNode}`
  const child = spawn(
    '/bin/sh',
    ['-c', limits, process.execPath, ...nodeOptions, options.module, String(process.pid)],
    {
      cwd: folder,
      // Nothing of the parent's environment: it holds secrets. MuPDF and sharp need none of it.
      env: {
        HOME: folder,
        TMPDIR: folder,
        LANG: 'C.UTF-8',
        MALLOC_ARENA_MAX: '2',
        UV_THREADPOOL_SIZE: '2',
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      detached: true,
    },
  )
  yieldToOthers(child.pid)
  child.on('message', (raw) => {
    const message = parseMessage(raw)
    if (message !== undefined) options.onMessage(message)
  })
  const exited = whenGone(child).then(() => rm(folder, { recursive: true, force: true }))
  return {
    pid: child.pid,
    exited,
    send: (task, onLost) => {
      if (!child.connected) onLost()
      else child.send(task, (error) => (error === null ? undefined : onLost()))
    },
    kill: () => void child.kill('SIGKILL'),
    emptyFolder: async () => {
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
    },
    readResidentKib: () => readResidentKib(child.pid),
  }
}

/** Names a child's folder so that `removeAbandonedFolders` can tell whose it was. */
export function engineFolder(workDirectory: string, count: number): string {
  return join(workDirectory, `engine-${process.pid}-${count}`)
}

/** Removes what children of a process that no longer runs have left: they may hold parts of documents. */
export async function removeAbandonedFolders(workDirectory: string): Promise<void> {
  // A folder that is not there holds nothing.
  for (const name of await readdir(workDirectory).catch(() => [])) {
    const owner = /^engine-(\d+)-\d+$/.exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(join(workDirectory, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Marking must stay quick while a batch is read. Set before Node starts, so that all its threads inherit it. */
function yieldToOthers(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, 10)
  } catch {
    // The child is gone already, and its exit tells the rest.
  }
}

function whenGone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    // Also the listener without which a failed spawn or a broken channel would be an uncaught exception.
    child.on('error', () => {
      if (child.pid === undefined) resolve()
    })
  })
}

async function readResidentKib(pid: number | undefined): Promise<number | undefined> {
  // Nothing is known without /proc, nor of a child that has just ended.
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kib === undefined ? undefined : Number(kib)
}

function parseMessage(raw: unknown): EngineMessage | undefined {
  if (typeof raw !== 'object' || raw === null || !('type' in raw)) return undefined
  if (raw.type === 'ready') return { type: 'ready' }
  if (raw.type === 'progress' && 'value' in raw) return { type: 'progress', value: raw.value }
  if (raw.type === 'done' && 'value' in raw) return { type: 'done', value: raw.value }
  if (raw.type !== 'failed') return undefined
  const code = 'code' in raw && isEngineErrorCode(raw.code) ? raw.code : 'engine-fault'
  const pageIndex = 'pageIndex' in raw && typeof raw.pageIndex === 'number' ? raw.pageIndex : undefined
  return { type: 'failed', code, pageIndex }
}

/** The page that a progress message speaks of, if it does. */
export function pageIndexOf(value: unknown): number | undefined {
  const hasIndex = typeof value === 'object' && value !== null && 'pageIndex' in value
  return hasIndex && typeof value.pageIndex === 'number' ? value.pageIndex : undefined
}
