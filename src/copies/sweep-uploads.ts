import { readdir } from 'node:fs/promises'
import { isId } from '../observability/id.ts'
import type { Database } from '../platform/database.ts'
import { removeLeftovers } from '../platform/leftovers.ts'
import { DAY } from '../platform/units.ts'
import { deleteExpiredUploads, listUnknownUploads } from './upload-store.ts'

/**
 * Removes the uploads whose time is over, with their bytes, and bytes that have belonged to no upload for a day: a
 * killed process leaves such. Returns how many files went.
 */
export async function sweepUploads(
  { db, directory }: { readonly db: Database; readonly directory: string },
  ageMs = 1 * DAY,
): Promise<number> {
  const expired = new Set<string>(await deleteExpiredUploads(db))
  const removed = await removeLeftovers(directory, 0, (name) => expired.has(name))
  // A folder that is not there holds nothing.
  const names = (await readdir(directory).catch(() => [])).filter(isId)
  const unknown = new Set<string>(await listUnknownUploads(db, names))
  return removed + (await removeLeftovers(directory, ageMs, (name) => unknown.has(name)))
}
