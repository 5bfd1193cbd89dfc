import type { DatabaseSync } from 'node:sqlite'

const SQLITE_BUSY = 5

/**
 * Takes the lock of the kernel on the database's file, for as long as the database is open; false when another has it.
 * Node has no such lock of its own. This one ends with its process however that dies, holds between containers that
 * share a disk, and counts two takers in one process as two. Throws the error of SQLite when the file cannot be locked.
 *
 * Nothing else may open the file: when a process closes any handle of its own on it, POSIX drops all its locks.
 */
export function tryKernelLock(database: DatabaseSync): boolean {
  try {
    // A journal in memory: the lock writes nothing, leaves no second file and needs no room on a full disk.
    database.exec('pragma journal_mode = memory; begin exclusive')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false
    throw error
  }
}
