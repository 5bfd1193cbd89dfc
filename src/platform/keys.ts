import { createHmac } from 'node:crypto'
import type { Id } from '../observability/id.ts'
import { reveal, Sensitive } from '../observability/sensitive.ts'
import { idSchema } from './contract.ts'
import { decrypt, encrypt } from './encryption.ts'
import { AppError } from './errors.ts'
import { loadKeyFile, newKeyText, openKeyFolder, parseKeyText } from './key-files.ts'
import { type KeyRing, loadKeyRing } from './key-ring.ts'

/** The keys of an installation. They lie outside the data folder, so that a backup of the data does not hold them. */
export type Keys = {
  /** Signs session cookies. */
  readonly sessionSecret: string
  /** Encrypts what is sealed outside of the audit log (AES-256-GCM). */
  readonly sealing: Buffer
  /** Authenticates events: who has the database alone cannot make one (HMAC-SHA256). */
  readonly mac: KeyRing
  /** Wraps the data keys of the audit log's streams (AES-256-GCM). */
  readonly master: KeyRing
}

/**
 * Reads the keys of `directory`, making the missing ones (0600 in a 0700 folder).
 * Throws `keys-readable-by-others` when the modes are looser, `keys-unusable` when a file is not a key.
 */
export function loadKeys(directory: string): Keys {
  openKeyFolder(directory)
  return {
    sessionSecret: loadKey(directory, 'session').toString('base64url'),
    sealing: loadKey(directory, 'sealing'),
    mac: loadKeyRing(directory, 'mac'),
    master: loadKeyRing(directory, 'master'),
  }
}

function loadKey(directory: string, name: string): Buffer {
  const file = `${name}.key`
  return parseKeyText(loadKeyFile(directory, file, newKeyText), file)
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
export function seal(keys: Pick<Keys, 'sealing'>, purpose: string, value: unknown): Sensitive<Buffer> {
  return new Sensitive(encrypt(keys.sealing, purpose, Buffer.from(JSON.stringify(value))))
}

/**
 * Opens what `seal` made; it is as sensitive as before, and of the kind that was sealed under this purpose.
 * Throws `sealed-value-unreadable` for another key, another purpose or altered bytes.
 */
export function unseal<T>(
  keys: Pick<Keys, 'sealing'>,
  purpose: string,
  sealed: Sensitive<Buffer>,
): Sensitive<T> {
  const bytes = decrypt(keys.sealing, purpose, reveal(sealed, 'unseal'))
  try {
    return new Sensitive(JSON.parse(bytes.toString('utf8')))
  } catch (cause) {
    throw new AppError('sealed-value-unreadable', { title: 'A sealed value cannot be opened.', cause })
  }
}
