import { chmod, chown, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { tryKernelLock } from '../../observability/kernel-lock.ts'
import { AppError } from '../errors.ts'
import { directoryUnusable } from './failures.ts'

/**
 * Waits for the right to start or repair the cluster, then returns the function that gives it back.
 * Throws `database-busy` after `waitMs`.
 */
export async function takeStartLock(path: string, waitMs: number): Promise<() => void> {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    const deadline = performance.now() + waitMs
    while (!tryLock(database)) {
      if (performance.now() > deadline) {
        throw new AppError('database-busy', {
          title:
            'Another start of Paraph has held the database folder for too long: end it, then start again.',
          retryable: true,
        })
      }
      await sleep(25)
    }
    const { uid, gid } = await stat(dirname(path))
    await chmod(path, 0o600)
    // Made by root in a user's folder, it must stay usable by that user.
    if (process.getuid?.() === 0) await chown(path, uid, gid)
  } catch (error) {
    database.close()
    throw error
  }
  return () => database.close()
}

function tryLock(database: DatabaseSync): boolean {
  try {
    return tryKernelLock(database)
  } catch (error) {
    throw directoryUnusable(
      'lock',
      'Its file start.lock cannot be locked: give it to the account that runs Paraph.',
      error,
    )
  }
}
