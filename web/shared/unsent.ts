import { openDB } from 'idb'

/** The database in which the workbench keeps what an account has done and the service has not taken yet. */
export function deskDatabaseOf(accountId: string): string {
  return `paraph-desk-${accountId}`
}

/** The changes of an account that wait on this device, by copy; copies without one are left out. */
export async function countUnsent(accountId: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const name = deskDatabaseOf(accountId)
  const databases = await indexedDB.databases()
  if (!databases.some((database) => database.name === name)) return counts
  const db = await openDB(name)
  try {
    if (!db.objectStoreNames.contains('commands')) return counts
    for (const key of await db.getAllKeys('commands')) {
      const [copyId] = key as [string, number]
      counts.set(copyId, (counts.get(copyId) ?? 0) + 1)
    }
    return counts
  } finally {
    db.close()
  }
}
