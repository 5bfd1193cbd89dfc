import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { makePrivateDirectory } from './log-directory.ts'
import { isDiskFull, type OnWriteError, writeErrorReason } from './write-errors.ts'

/** What R2.5 asks: ten million bytes a file, ten older files beside the current one. */
const MAXIMUM_BYTES = 10_000_000
const BACKUPS = 10
/** Asking the system whether the path still leads to the file costs half as much as writing a line. */
const LOOK_EVERY_MS = 100
const NEWLINE = 0x0a

export type RotatingFile = { write(line: string): void; close(): void }
type OpenFile = { readonly descriptor: number; readonly inode: number; size: number; lookedAt: number }

/**
 * A log file that rotates between whole lines: `path`, then `path.1` (newest) to `path.10`, mode 0600 in a 0700 folder,
 * for one process (`claimLogDirectory`). Writing is synchronous, because buffered lines are lost on SIGTERM, and never
 * throws: a line that cannot be written whole is left out and `onWriteError` told why (`EFBIG`: larger than a file may
 * be). A file or folder that is removed is made again within 100 ms. Throws at creation when the folder is not private
 * (`DirectoryNotPrivate`) or cannot be written; a full disk is no reason not to start.
 */
export function openRotatingFile(
  path: string,
  options: { maximumBytes?: number; backups?: number; onWriteError?: OnWriteError } = {},
): RotatingFile {
  const { maximumBytes = MAXIMUM_BYTES, backups = BACKUPS, onWriteError } = options
  let current: OpenFile | undefined

  function open(): OpenFile {
    const descriptor = openForAppending(path)
    try {
      fchmodSync(descriptor, 0o600)
      cutTornLine(descriptor)
      const { ino: inode, size } = fstatSync(descriptor)
      current = { descriptor, inode, size, lookedAt: performance.now() }
      return current
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
  }

  function close(): void {
    const { descriptor } = current ?? {}
    current = undefined
    if (descriptor !== undefined) closeSync(descriptor)
  }

  /**
   * Shifts the files up to the first gap only: a rotation that failed, or died, half-way is taken up again where it
   * was, instead of pushing the oldest file out once more.
   */
  function rotate(): OpenFile {
    close()
    let gap = 1
    while (gap < backups && existsSync(`${path}.${gap}`)) gap += 1
    for (let number = gap; number > 1; number -= 1) renameSync(`${path}.${number - 1}`, `${path}.${number}`)
    renameSync(path, `${path}.1`)
    return open()
  }

  /** The file with room for a line of `length` bytes. */
  function fileFor(length: number): OpenFile {
    const now = performance.now()
    if (current && now - current.lookedAt < LOOK_EVERY_MS && hasRoom(current, length)) return current
    if (current && leadsTo(path, current)) current.lookedAt = now
    else close()
    const file = current ?? open()
    return hasRoom(file, length) ? file : rotate()
  }
  const hasRoom = ({ size }: OpenFile, length: number) => size === 0 || size + length <= maximumBytes

  function write(line: string): void {
    const length = Buffer.byteLength(line)
    if (length > maximumBytes) {
      onWriteError?.('EFBIG')
      return
    }
    try {
      append(fileFor(length), line, length)
    } catch (error) {
      onWriteError?.(writeErrorReason(error))
      // The next line begins afresh: the folder may be back by then, or the disk have room again.
      try {
        close()
      } catch {
        // Closed or not, it is not used again.
      }
    }
  }

  makePrivateDirectory(dirname(path))
  try {
    open()
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
  return { write, close }
}

/** Whoever removes the folder of a running process gets it back. */
function openForAppending(path: string): number {
  try {
    return openSync(path, 'a+', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return openSync(path, 'a+', 0o600)
  }
}

/** Whether lines still end up under `path`: a file that was removed or moved away would swallow them in silence. */
function leadsTo(path: string, { inode }: OpenFile): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.ino === inode
  } catch {
    // The folder may not be entered any more; what is open may still be written.
    return true
  }
}

/** Writes all or, when the disk fills up on the way, takes the beginning back. */
function append(file: OpenFile, line: string, length: number): void {
  let written = writeSync(file.descriptor, line)
  try {
    const bytes = written < length ? Buffer.from(line) : undefined
    while (bytes && written < length) written += writeSync(file.descriptor, bytes, written)
  } catch (error) {
    ftruncateSync(file.descriptor, file.size)
    throw error
  }
  file.size += length
}

/** A process that is killed, or a machine that loses power, can leave part of a line: no reader could make use of it. */
function cutTornLine(descriptor: number): void {
  const { size } = fstatSync(descriptor)
  const last = Buffer.alloc(1)
  if (size === 0 || (readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE)) return
  ftruncateSync(descriptor, readFileSync(descriptor).lastIndexOf(NEWLINE) + 1)
}
