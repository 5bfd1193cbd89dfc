import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { tryKernelLock } from '../observability/kernel-lock.ts'
import { DirectoryNotPrivate, makePrivateDirectory } from '../observability/log-directory.ts'
import { isDiskFull } from '../observability/write-errors.ts'
import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'

/** The state folder of a witness, which is this process's own until it is released or the process ends. */
export type WitnessFolder = { readonly path: string; release(): void }

const LOCK = 'witness.lock'
/** A witness that was killed a moment ago has let go by then. */
const LOCK_PATIENCE_MS = 1 * SECOND

/**
 * Takes a state folder, made 0700 when missing: two witnesses in one folder would each roll back what the other has
 * cosigned. Throws `already-running`, `witness-state-unusable`.
 */
export function claimWitnessFolder(path: string): WitnessFolder {
  const lock = openLock(path)
  if (lock) return { path, release: () => lock.close() }
  throw new AppError('already-running', {
    title: 'Another witness uses this state folder; stop it first, or choose another with --state.',
  })
}

function openLock(folder: string): DatabaseSync | undefined {
  let lock: DatabaseSync | undefined
  let isTaken = false
  try {
    makePrivateDirectory(folder)
    const path = join(folder, LOCK)
    lock = new DatabaseSync(path, { timeout: LOCK_PATIENCE_MS })
    isTaken = tryKernelLock(lock)
    chmodSync(path, 0o600)
    return isTaken ? lock : undefined
  } catch (cause) {
    isTaken = false
    throw stateUnusable(
      cause instanceof DirectoryNotPrivate
        ? 'Other accounts can read the state folder of the witness: run "chmod 700" on it.'
        : 'The state folder of the witness cannot be written: give it to the account that runs the witness.',
      cause,
    )
  } finally {
    if (!isTaken) lock?.close()
  }
}

export function stateUnusable(title: string, cause?: unknown): AppError {
  return new AppError('witness-state-unusable', { title, cause })
}

/** Runs work that writes. Throws `storage-full` when there is no room. */
export async function storing(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!isDiskFull(cause)) throw cause
    throw new AppError('storage-full', {
      title: 'The disk is full; nothing was stored.',
      retryable: true,
      cause,
    })
  }
}
