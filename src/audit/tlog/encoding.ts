import { TlogError } from './errors.ts'
import { HASH_BYTES } from './merkle.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of these bytes, every one of which counts. Throws `malformed` when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new TlogError('malformed', 'not UTF-8')
  }
}

/**
 * Decodes standard base64 (RFC 4648 §4), padded and with its unused bits at zero: one text for each value, so that no
 * byte of a signed file can be changed unnoticed. `what` is for the message. Throws `malformed`.
 */
export function decodeBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new TlogError('malformed', `${what}: not base64`)
  return bytes
}

/** A SHA-256 hash in base64. Throws `malformed`. */
export function decodeHash(text: string, what: string): Buffer {
  const hash = decodeBase64(text, what)
  if (hash.length !== HASH_BYTES) throw new TlogError('malformed', `${what}: not a SHA-256 hash`)
  return hash
}

/**
 * An ASCII decimal without sign and without leading zeroes, as sizes and indexes are written. The texts allow 64 bits;
 * trees here end at 2^53 - 1 leaves. Throws `malformed`.
 */
export function parseDecimal(text: string, what: string): number {
  const value = Number(text)
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text) || !Number.isSafeInteger(value)) {
    throw new TlogError('malformed', `${what}: not a decimal number`)
  }
  return value
}
