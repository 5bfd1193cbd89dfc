import {
  closeSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** What R2.5 asks: ten million bytes a file, ten older files beside the current one. */
const MAXIMUM_BYTES = 10_000_000
const BACKUPS = 10
const NEWLINE = 0x0a

export type RotatingFile = { write(line: string): void; close(): void }

/**
 * A log file that rotates between whole lines: `path`, then `path.1` (newest) to `path.10`. Mode 0600 in a 0700 folder.
 * Writing is synchronous, because buffered lines are lost on SIGTERM, and never throws: a line that cannot be written
 * is dropped and `onWriteError` is called with the system's error code (`EFBIG` for a line larger than a file may be).
 * Throws at creation if the folder is readable by others.
 */
export function openRotatingFile(
  path: string,
  options: { maximumBytes?: number; backups?: number; onWriteError?: (code: string) => void } = {},
): RotatingFile {
  const maximumBytes = options.maximumBytes ?? MAXIMUM_BYTES
  const backups = options.backups ?? BACKUPS
  let descriptor: number | undefined
  let isTorn = false

  function open(): number {
    const opened = openSync(path, 'a+', 0o600)
    descriptor = opened
    fchmodSync(opened, 0o600)
    isTorn = endsInsideLine(opened)
    return opened
  }

  function close(): void {
    const open = descriptor
    descriptor = undefined
    if (open !== undefined) closeSync(open)
  }

  function rotate(): number {
    close()
    for (let index = backups - 1; index >= 0; index -= 1) {
      const from = index === 0 ? path : `${path}.${index}`
      try {
        renameSync(from, `${path}.${index + 1}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    return open()
  }

  /** The file to write to and its size; a file that was removed meanwhile would swallow the lines in silence. */
  function current(): { file: number; size: number } {
    const file = descriptor ?? open()
    const { nlink, size } = fstatSync(file)
    if (nlink > 0) return { file, size }
    close()
    return { file: open(), size: 0 }
  }

  function append(line: string): void {
    const { file, size } = current()
    const length = Buffer.byteLength(line) + (isTorn ? 1 : 0)
    if (size > 0 && size + length > maximumBytes) writeWhole(rotate(), Buffer.from(line), 0)
    else writeWhole(file, Buffer.from(isTorn ? `\n${line}` : line), size)
    isTorn = false
  }

  function write(line: string): void {
    try {
      if (Buffer.byteLength(line) > maximumBytes) options.onWriteError?.('EFBIG')
      else append(line)
    } catch (error) {
      // The next line tries again from scratch: the folder may be back, or the disk have room again.
      try {
        close()
      } catch {
        // Closed or not, it is not used again.
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

/** Writes all or, when the disk fills up on the way, takes the beginning back. */
function writeWhole(file: number, bytes: Buffer, size: number): void {
  let offset = 0
  try {
    while (offset < bytes.length) offset += writeSync(file, bytes, offset)
  } catch (error) {
    if (offset > 0) ftruncateSync(file, size)
    throw error
  }
}

/** A crash of the machine can leave half a line at the end: the next line must not be glued to it. */
function endsInsideLine(file: number): boolean {
  const { size } = fstatSync(file)
  const last = Buffer.alloc(1)
  return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== NEWLINE
}
