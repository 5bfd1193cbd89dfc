import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ReadinessCheck } from '../observability/readiness.ts'
import { readFreeBytes } from '../platform/disk.ts'
import { MEBIBYTE } from '../platform/units.ts'

const LEAST_FREE_BYTES = 200 * MEBIBYTE

/** Whether a folder can be written, and its disk has room. */
export function diskCheck(folder: string): ReadinessCheck {
  return {
    name: 'disk',
    isReady: async () => {
      await access(folder, constants.W_OK)
      return (await readFreeBytes(folder)) > LEAST_FREE_BYTES
    },
  }
}

/** Whether log lines can be written, and nobody else can read them; nothing to ask when there are no files. */
export function logDirectoryChecks(logPaths: readonly string[]): readonly ReadinessCheck[] {
  return logPaths
    .slice(0, 1)
    .map((path) => ({ name: 'log-directory', isReady: () => isPrivate(dirname(path)) }))
}

async function isPrivate(folder: string): Promise<boolean> {
  await access(folder, constants.W_OK | constants.X_OK)
  const { mode } = await stat(folder)
  return (mode & 0o077) === 0
}
