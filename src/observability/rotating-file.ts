import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** What R2.5 asks: ten million bytes a file, ten older files beside the current one. */
const MAXIMUM_BYTES = 10_000_000
const BACKUPS = 10

export type RotatingFile = { write(line: string): void; close(): void }

/**
 * A log file that rotates between whole lines: `path`, then `path.1` (newest) to `path.10`. Mode 0600 in a 0700 folder.
 * Writing is synchronous, because buffered lines are lost on SIGTERM, and never throws: a line that cannot be written
 * is dropped and `onWriteError` is called with the system's error code. Throws at creation if the folder is readable by others.
 */
export function openRotatingFile(
  path: string,
  options: { maximumBytes?: number; backups?: number; onWriteError?: (code: string) => void } = {},
): RotatingFile {
  const maximumBytes = options.maximumBytes ?? MAXIMUM_BYTES
  const backups = options.backups ?? BACKUPS
  let descriptor: number | undefined
  let size = 0

  function open(): void {
    descriptor = openSync(path, 'a', 0o600)
    fchmodSync(descriptor, 0o600)
    size = fstatSync(descriptor).size
  }

  function close(): void {
    if (descriptor !== undefined) closeSync(descriptor)
    descriptor = undefined
  }

  function rotate(): void {
    close()
    for (let index = backups - 1; index >= 0; index -= 1) {
      const from = index === 0 ? path : `${path}.${index}`
      try {
        renameSync(from, `${path}.${index + 1}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    open()
  }

  function write(line: string): void {
    try {
      const bytes = Buffer.from(line)
      if (descriptor === undefined) open()
      if (size > 0 && size + bytes.length > maximumBytes) rotate()
      let offset = 0
      while (offset < bytes.length) offset += writeSync(descriptor as number, bytes, offset)
      size += bytes.length
    } catch (error) {
      // The next line tries again from scratch: the folder may be back, or the disk have room again.
      try {
        close()
      } catch {
        descriptor = undefined
      }
      options.onWriteError?.((error as NodeJS.ErrnoException).code ?? 'unknown')
    }
  }

  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if ((statSync(folder).mode & 0o077) !== 0) {
    throw new Error('the log folder can be read by other users: make it 0700')
  }
  open()
  return { write, close }
}
