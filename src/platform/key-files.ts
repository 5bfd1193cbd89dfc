import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from './errors.ts'

const KEY_BYTES = 32

/** Makes the folder of keys (0700) if it is missing. Throws `keys-readable-by-others` when others may enter it. */
export function openKeyFolder(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  assertPrivate(directory)
}

/**
 * The text of a file of the folder of keys, made of `make` (0600) when there is none. Two processes that start together
 * agree on one. Throws `keys-readable-by-others`.
 */
export function loadKeyFile(directory: string, file: string, make: () => string): string {
  const path = join(directory, file)
  if (statSync(path, { throwIfNoEntry: false }) === undefined) writeOnce(path, make())
  assertPrivate(path)
  return readFileSync(path, 'utf8')
}

/** Writes a file whole under another name, then links it: whoever comes second keeps what the first has made. */
function writeOnce(path: string, text: string): void {
  const fresh = `${path}.${process.pid}.new`
  writeFileSync(fresh, text, { mode: 0o600, flush: true })
  try {
    linkSync(fresh, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(fresh)
  }
}

function assertPrivate(path: string): void {
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new AppError('keys-readable-by-others', {
      title: 'The folder of keys (PARAPH_KEYS) must be 0700 and its files 0600.',
    })
  }
}

/** A new key of 32 random bytes, as its file holds it. */
export function newKeyText(): string {
  return randomBytes(KEY_BYTES).toString('base64')
}

/** Reads what `newKeyText` made. Throws `keys-unusable`; the title names the file. */
export function parseKeyText(text: string, file: string): Buffer {
  const key = Buffer.from(text, 'base64')
  if (key.length !== KEY_BYTES) {
    throw new AppError('keys-unusable', { title: `The key file ${file} does not hold a key.` })
  }
  return key
}
