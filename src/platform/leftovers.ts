import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from './clock.ts'

/**
 * Removes the files and folders directly in `directory` whose name `isOurs` and that nobody has touched for `ageMs`:
 * what a killed process left in the making. Returns how many.
 */
export async function removeLeftovers(
  directory: string,
  ageMs: number,
  isOurs: (name: string) => boolean = () => true,
): Promise<number> {
  let removed = 0
  // A folder that is not there holds nothing.
  const names = await readdir(directory).catch(() => [])
  for (const name of names.filter(isOurs)) {
    const path = join(directory, name)
    // Somebody else has just removed it.
    const touched = await stat(path).catch(() => undefined)
    if (!touched || systemClock.now().getTime() - touched.mtimeMs < ageMs) continue
    await rm(path, { recursive: true, force: true })
    removed += 1
  }
  return removed
}
