import { hash } from 'node:crypto'

const BLOCK_BYTES = 64
const [INNER, OUTER] = [0x36, 0x5c] as const
/** A string of one character for each byte; the types know it by its older name only. */
const BYTES = 'binary'

/**
 * HMAC-SHA256 (RFC 2104) under a key of at most 64 bytes. The integrator checks one for each event: two one-shot hashes
 * take a third of the time of `createHmac`, which makes an object of the key and one of the computation.
 */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Buffer {
  if (key.length > BLOCK_BYTES) throw new RangeError('an HMAC key longer than a block')
  const inner = hash('sha256', Buffer.concat([pad(key, INNER), message]), BYTES)
  const outer = Buffer.concat([pad(key, OUTER), Buffer.from(inner, BYTES)])
  return Buffer.from(hash('sha256', outer, BYTES), BYTES)
}

function pad(key: Uint8Array, filler: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, filler)
  for (const [i, byte] of key.entries()) block[i] = byte ^ filler
  return block
}
