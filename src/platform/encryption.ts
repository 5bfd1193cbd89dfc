import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AppError } from './errors.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Encrypts bytes with AES-256-GCM under a fresh nonce. `purpose` is bound to the result, which opens under the same
 * purpose only. Returns nonce ‖ tag ‖ ciphertext.
 */
export function encrypt(key: Buffer, purpose: string, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
  const text = Buffer.concat([cipher.update(bytes), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), text])
}

/** Opens what `encrypt` made. Throws `sealed-value-unreadable` for another key, another purpose or altered bytes. */
export function decrypt(key: Buffer, purpose: string, bytes: Buffer): Buffer {
  try {
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(tag)
    return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw new AppError('sealed-value-unreadable', { title: 'A sealed value cannot be opened.', cause })
  }
}
