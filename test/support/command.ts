import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'

const PROGRAM = resolve(import.meta.dirname, '../../bin/paraph')

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }
export type Running = {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once standard error has matched; rejects when the process ends before. */
  until(pattern: RegExp): Promise<RegExpMatchArray>
}

/** Starts the command line as a person would, from a folder that is not the project's, on a data folder of its own. */
export function startCommand(
  folder: string,
  command: readonly string[],
  options: { input?: string; env?: Readonly<Record<string, string>> } = {},
): Running {
  const child = spawn(PROGRAM, command, {
    cwd: tmpdir(),
    env: { ...process.env, PARAPH_DATA: folder, PARAPH_PORT: '0', PARAPH_METRICS_PORT: '0', ...options.env },
  })
  child.stdin.end(options.input ?? '')
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString()
  })
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString()
    for (const listener of listeners) listener()
  })
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code) => done({ code, stdout, stderr }))
  })
  return {
    child,
    ended,
    until: (pattern) =>
      new Promise((found, failed) => {
        const look = () => {
          const match = pattern.exec(stderr)
          if (match) found(match)
        }
        listeners.add(look)
        look()
        void ended.then(() => failed(new Error(`ended without ${pattern}: ${stderr}`)))
      }),
  }
}

/** Runs a command to its end. */
export function runCommand(folder: string, ...command: string[]): Promise<Ended> {
  return startCommand(folder, command).ended
}
