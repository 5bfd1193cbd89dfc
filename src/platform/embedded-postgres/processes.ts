import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * The name the server of this data folder carries on its command line and its children in their titles
 * (`cluster_name`). Everybody may read a command line, whereas root in an ordinary container may not read
 * `/proc/<pid>/cwd` of another account (no CAP_SYS_PTRACE). It comes from the folder's inode: it survives
 * a renamed folder, and a copied folder does not take the original's server for its own.
 */
export async function clusterNameOf(data: string): Promise<string> {
  const { dev, ino } = await stat(data, { bigint: true })
  return `paraph-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 16)}`
}

/** Whether process `pid` is the server of `data`; `unknown` when it is some PostgreSQL that hides its folder. */
export async function isServerOf(data: string, pid: number): Promise<'yes' | 'no' | 'unknown'> {
  const command = await commandOf(pid)
  // Empty: no such process, or a zombie that its parent has not collected yet.
  if (command === '') return 'no'
  if (command.includes(`cluster_name=${await clusterNameOf(data)} `)) return 'yes'
  if (!command.includes('postgres')) return 'no'
  try {
    const [theirs, ours] = [await stat(`/proc/${pid}/cwd`), await stat(data)]
    return theirs.dev === ours.dev && theirs.ino === ours.ino ? 'yes' : 'no'
  } catch {
    // It ended meanwhile, or another account's folder may not be looked at.
    return (await commandOf(pid)) === '' ? 'no' : 'unknown'
  }
}

/** Every living process of the cluster, server, children and initdb alike. */
export async function processesOf(data: string): Promise<readonly number[]> {
  const name = await clusterNameOf(data)
  const found: number[] = []
  for (const [pid, command] of await listCommands()) {
    if (command.includes(`cluster_name=${name} `) || command.startsWith(`postgres: ${name}: `))
      found.push(pid)
  }
  return found
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone, or not ours to end: whoever waits for its end finds out.
  }
}

const run = promisify(execFile)

/** The command line with a space after each argument, empty for a process that is gone or a zombie. */
async function commandOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    // Gone.
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return line.replaceAll('\0', ' ')
  }
  // Gone: `ps` fails when it finds nobody.
  const { stdout } = await run('/bin/ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout.trim() === '' ? '' : `${stdout.trim()} `
}

async function listCommands(): Promise<readonly (readonly [number, string])[]> {
  if (process.platform === 'linux') {
    const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
    return Promise.all(pids.map(async (pid) => [pid, await commandOf(pid)] as const))
  }
  const { stdout } = await run('/bin/ps', ['-axww', '-o', 'pid=,command='], { maxBuffer: 64 * 1_024 * 1_024 })
  return stdout.split('\n').map((line) => {
    const [pid = '', ...words] = line.trim().split(' ')
    return [Number(pid), `${words.join(' ')} `] as const
  })
}
