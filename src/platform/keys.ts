import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Id } from '../observability/id.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { idSchema } from './contract.ts'
import { AppError } from './errors.ts'

/** The keys of an installation. They lie outside the data folder, so that a backup of the data does not hold them. */
export type Keys = {
  /** Signs session cookies. */
  readonly sessionSecret: string
  /** Encrypts sealed values (AES-256-GCM). */
  readonly sealing: Buffer
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Reads the keys of `directory`, making the missing ones (0600 in a 0700 folder).
 * Throws `keys-readable-by-others` when the modes are looser, `keys-unusable` when a file is not a key.
 */
export function loadKeys(directory: string): Keys {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  assertPrivate(directory)
  return {
    sessionSecret: loadKey(directory, 'session').toString('base64url'),
    sealing: loadKey(directory, 'sealing'),
  }
}

function loadKey(directory: string, name: string): Buffer {
  const path = join(directory, `${name}.key`)
  const fresh = `${path}.${process.pid}.new`
  try {
    statSync(path)
  } catch {
    // Written whole under another name, then linked: two processes that start together agree on one key.
    writeFileSync(fresh, randomBytes(KEY_BYTES).toString('base64'), { mode: 0o600, flush: true })
    try {
      linkSync(fresh, path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      unlinkSync(fresh)
    }
  }
  assertPrivate(path)
  const key = Buffer.from(readFileSync(path, 'utf8'), 'base64')
  if (key.length !== KEY_BYTES) {
    throw new AppError('keys-unusable', { title: `The key file ${name}.key does not hold a key.` })
  }
  return key
}

function assertPrivate(path: string): void {
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new AppError('keys-readable-by-others', {
      title: 'The folder of keys (PARAPH_KEYS) must be 0700 and its files 0600.',
    })
  }
}

/**
 * The reference that events give to whoever works at the command line of this installation under a system account:
 * opaque, the same each time, and in the form of a UUID.
 */
export function operatorRef(keys: Keys, systemAccount: number): Id {
  const hex = createHmac('sha256', keys.sealing).update(`operator:${systemAccount}`).digest('hex')
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
  return idSchema.parse(groups.join('-'))
}

/** Encrypts a value; `purpose` is bound to the result, which opens under the same purpose only. */
export function seal(keys: Keys, purpose: string, value: unknown): Sensitive<Buffer> {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keys.sealing, nonce).setAAD(Buffer.from(purpose))
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  return new Sensitive(Buffer.concat([nonce, cipher.getAuthTag(), text]))
}

/**
 * Opens what `seal` made; it is as sensitive as before, and of the kind that was sealed under this purpose.
 * Throws `sealed-value-unreadable` for another key, another purpose or altered bytes.
 */
export function unseal<T>(keys: Keys, purpose: string, sealed: Sensitive<Buffer>): Sensitive<T> {
  const bytes = reveal(sealed, 'unseal')
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', keys.sealing, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(tag)
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
    return new Sensitive(JSON.parse(text.toString('utf8')))
  } catch (cause) {
    throw new AppError('sealed-value-unreadable', { title: 'A sealed value cannot be opened.', cause })
  }
}
