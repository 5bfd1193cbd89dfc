import { sign, verify } from 'node:crypto'
import { parseCheckpoint } from './checkpoint.ts'
import type { NoteSignature, Signer, Verifier } from './note.ts'
import { COSIGNATURE_V1, type SignerKey, type VerifierKey } from './note-key.ts'

const TIMESTAMP_BYTES = 8
const SIGNATURE_BYTES = 64
const MAX_TIMESTAMP = 2n ** 63n - 1n

/**
 * Cosigns checkpoints as a witness: the time, 8 bytes big-endian, before an Ed25519 signature of time and text (C2SP
 * tlog-cosignature, "Ed25519 signed message"). `nowSeconds` is POSIX time. Throws `malformed` for another text.
 */
export function cosigner(key: SignerKey, nowSeconds: () => number): Signer {
  assertCosignature(key)
  return {
    name: key.name,
    keyId: key.id,
    sign(text) {
      parseCheckpoint(text)
      const time = BigInt(nowSeconds())
      const bytes = Buffer.alloc(TIMESTAMP_BYTES + SIGNATURE_BYTES)
      bytes.writeBigUInt64BE(time)
      bytes.set(sign(null, cosignedMessage(time, text), key.privateKey), TIMESTAMP_BYTES)
      return bytes
    },
  }
}

/** Checks what `cosigner` signs. A time in the future is the caller's to refuse. */
export function cosignatureVerifier(key: VerifierKey): Verifier {
  assertCosignature(key)
  return {
    name: key.name,
    keyId: key.id,
    verify(text, bytes) {
      if (bytes.length !== TIMESTAMP_BYTES + SIGNATURE_BYTES) return false
      const time = bytes.readBigUInt64BE()
      if (time > MAX_TIMESTAMP) return false
      return verify(null, cosignedMessage(time, text), key.publicKey, bytes.subarray(TIMESTAMP_BYTES))
    },
  }
}

/** When a cosignature was made, by its witness's clock: POSIX time in seconds. */
export function cosignedAt({ signature }: NoteSignature): number {
  return Number(signature.readBigUInt64BE())
}

function cosignedMessage(time: bigint, text: string): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${time}\n${text}`)
}

function assertCosignature({ type }: VerifierKey): void {
  if (type !== COSIGNATURE_V1) throw new RangeError('a key of another signature type')
}
