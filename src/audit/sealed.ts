import { createHmac, randomBytes } from 'node:crypto'
import type { Id } from '../observability/id.ts'
import { decrypt, encrypt } from '../platform/encryption.ts'
import { newRef } from '../platform/ids.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import { encodeJcs, type JcsValue, parseStrict } from './jcs.ts'
import type { StreamPosition } from './leaf.ts'

const SALT_BYTES = 32
const KEY_BYTES = 32
const KEY_ID_BYTES = 4

/** A member that may tell of a person: the leaf holds the commitment, an erasable row the rest. */
export type SealedMember = {
  readonly field: string
  /** HMAC-SHA256 under the salt, over field, NUL and value: says nothing to who lacks the salt. In hexadecimal. */
  readonly commitment: string
  /** Salt ‖ JCS of the value: what is encrypted. */
  readonly opening: Buffer
}

/** Commits to a value under a fresh salt. `null`, which the encoding lacks, is written as an empty list. */
export function commitTo(field: string, value: JcsValue | null): SealedMember {
  const salt = randomBytes(SALT_BYTES)
  const encoded = encodeJcs(value === null ? [] : value)
  return { field, commitment: commitment(salt, field, encoded), opening: Buffer.concat([salt, encoded]) }
}

/** The value of an opening. */
export function readOpening(opening: Buffer): JcsValue | null {
  const value = parseStrict(opening.subarray(SALT_BYTES))
  return Array.isArray(value) && value.length === 0 ? null : value
}

/** The two parts of an opening, as they are shown to whoever is to check the commitment. */
export function splitOpening(opening: Buffer): { salt: string; json: string } {
  return { salt: opening.toString('hex', 0, SALT_BYTES), json: opening.toString('utf8', SALT_BYTES) }
}

/** Whether an opening is of this commitment. */
export function opens(field: string, opening: Buffer, expected: string): boolean {
  return commitment(opening.subarray(0, SALT_BYTES), field, opening.subarray(SALT_BYTES)) === expected
}

function commitment(salt: Buffer, field: string, encoded: Buffer): string {
  return createHmac('sha256', salt).update(`${field}\0`).update(encoded).digest('hex')
}

/** The key of one stream's sealed members, and how it is stored. */
export type DataKey = {
  readonly keyRef: Id
  readonly key: Buffer
  /** Id of the master key ‖ the encrypted key. */
  readonly wrapped: Buffer
}

export function newDataKey(master: KeyRing, streamRef: Id): DataKey {
  return wrapDataKey(master, streamRef, randomBytes(KEY_BYTES))
}

/** Wraps a key under the current master key, as another key of the stream. */
export function wrapDataKey(master: KeyRing, streamRef: Id, key: Buffer): DataKey {
  const { id, key: masterKey } = master.current
  const wrapped = Buffer.concat([Buffer.from(id, 'hex'), encrypt(masterKey, wrappingPurpose(streamRef), key)])
  return { keyRef: newRef(), key, wrapped }
}

/** Unwraps the key of a stream. Throws `sealed-value-unreadable` when no master key of the ring opens it. */
export function unwrapDataKey(master: KeyRing, streamRef: Id, wrapped: Buffer): Buffer {
  const known = master.find(wrapped.toString('hex', 0, KEY_ID_BYTES))
  // A key that nobody has opens nothing, which is what is said.
  const key = known?.key ?? Buffer.alloc(KEY_BYTES)
  return decrypt(key, wrappingPurpose(streamRef), wrapped.subarray(KEY_ID_BYTES))
}

/** Encrypts an opening for its place in its stream. */
export function sealOpening(key: Buffer, stream: StreamPosition, member: SealedMember): Buffer {
  return encrypt(key, sealingPurpose(stream, member.field), member.opening)
}

/** Opens what `sealOpening` made for the same place. Throws `sealed-value-unreadable`. */
export function unsealOpening(key: Buffer, stream: StreamPosition, field: string, sealed: Buffer): Buffer {
  return decrypt(key, sealingPurpose(stream, field), sealed)
}

function wrappingPurpose(streamRef: Id): string {
  return `audit-key:${streamRef}`
}

function sealingPurpose({ ref, seq }: StreamPosition, field: string): string {
  return `${ref}:${seq}:${field}`
}
