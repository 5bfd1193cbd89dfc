import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../platform/config.ts'
import { AppError } from '../platform/errors.ts'

/** Says that a folder holds a demonstration, which real work must never be mixed with. */
const DEMO_MARKER = 'demo'
const PID_FILE = 'paraph.pid'

/**
 * Takes a data folder for this process: a demonstration's only for `demo`, any other only for `start`, and each for one
 * process tree at a time. Returns what gives it back. Throws `demo-folder`, `not-a-demo-folder`, `already-running`,
 * `data-folder-unusable`.
 */
export function assertOwnFolder(
  { dataDirectory: directory, keysDirectory }: Pick<Config, 'dataDirectory' | 'keysDirectory'>,
  purpose: 'start' | 'demo',
): () => void {
  makeFolder(directory)
  const isDemo = existsSync(join(directory, DEMO_MARKER))
  if (purpose === 'start' && isDemo) {
    throw new AppError('demo-folder', {
      title: 'This folder holds a demonstration; choose another with PARAPH_DATA.',
    })
  }
  if (purpose === 'demo' && !isDemo && readdirSync(directory).length > 0) {
    throw new AppError('not-a-demo-folder', {
      title: 'This folder is not empty and holds no demonstration; choose another with PARAPH_DATA.',
    })
  }
  if (purpose === 'demo') {
    // Keys of a demonstration whose data are gone remember a log that is gone too, and would not sign another.
    if (!isDemo && keysDirectory === `${directory}-keys`)
      rmSync(keysDirectory, { recursive: true, force: true })
    writeFileSync(
      join(directory, DEMO_MARKER),
      'This folder was made by "paraph demo". It holds invented data only.\n',
    )
  }
  return takePid(join(directory, PID_FILE))
}

function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true })
    const probe = join(directory, `.probe-${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (cause) {
    throw new AppError('data-folder-unusable', {
      title: 'The data folder cannot be written; choose another with PARAPH_DATA.',
      cause,
    })
  }
}

function takePid(path: string): () => void {
  const other = readPid(path)
  if (other !== undefined && other !== process.pid && isParaph(other)) {
    throw new AppError('already-running', {
      title: `Paraph already runs on this folder (process ${other}); stop it first, or choose another with PARAPH_DATA.`,
    })
  }
  writeFileSync(path, String(process.pid))
  return () => {
    if (readPid(path) === process.pid) rmSync(path, { force: true })
  }
}

function readPid(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined
  } catch {
    // No such file: nobody has taken the folder.
    return undefined
  }
}

/** Whether the process lives and is one of ours; a number left behind may belong to anybody by now. */
function isParaph(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    // Gone, or another account's.
    return false
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('paraph')
  } catch {
    // No /proc on this system: a living process with this number is taken at its word.
    return process.platform !== 'linux'
  }
}
