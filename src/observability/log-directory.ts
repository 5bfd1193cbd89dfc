import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { tryKernelLock } from './kernel-lock.ts'
import { isDiskFull } from './write-errors.ts'

/** The folder of logs can be read by other accounts of the machine; a person has to decide what they may have seen. */
export class DirectoryNotPrivate extends Error {}

/** Makes the folder 0700, whatever the umask. Throws `DirectoryNotPrivate` when it is there and others may read it. */
export function makePrivateDirectory(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700)
  if ((statSync(folder).mode & 0o077) !== 0) throw new DirectoryNotPrivate()
}

/**
 * Takes the folder `<logs>/<role>` for this process, for as long as it lives; `<role>-2` and so on while another process
 * has that, since two that rotate the same files would lose lines. Throws what `makePrivateDirectory` throws, and the
 * error of the system when nothing can be written there; a full disk is no reason not to start.
 */
export function claimLogDirectory(logs: string, role: string): string {
  for (let number = 1; ; number += 1) {
    const folder = join(logs, number === 1 ? role : `${role}-${number}`)
    makePrivateDirectory(folder)
    if (claim(folder)) return folder
  }
}

/** Whoever only tries at the same moment has let go by then. */
const LOCK_PATIENCE_MS = 100
/** Never closed, and referred to for ever: a lock that is collected as garbage is given back. */
const locks: DatabaseSync[] = []

function claim(folder: string): boolean {
  const path = join(folder, 'writer.lock')
  if (!makeLockFile(path)) return true
  const lock = new DatabaseSync(path, { timeout: LOCK_PATIENCE_MS })
  let isTaken = false
  try {
    isTaken = tryKernelLock(lock)
  } finally {
    if (isTaken) locks.push(lock)
    else lock.close()
  }
  return isTaken
}

/** False on a full disk, where nobody else can make it either, and where logs matter most. */
function makeLockFile(path: string): boolean {
  try {
    // Never opens one that is there: to close any handle of this process on it would give back its lock.
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 })
    chmodSync(path, 0o600)
    return true
  } catch (error) {
    if (isDiskFull(error)) return false
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return true
  }
}
