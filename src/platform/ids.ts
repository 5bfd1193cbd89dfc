import { randomBytes, randomInt } from 'node:crypto'
import { v4, v7 } from 'uuid'
import type { Id } from '../observability/id.ts'

/** A time-ordered id for rows and requests (RFC 9562 UUIDv7). */
export function newId(): Id {
  return v7() as Id
}

/** A wholly random 128-bit reference, for everything that may be published or that grants something. */
export function newRef(): Id {
  return v4() as Id
}

// No vowels (no words by accident) and no letters or digits that are confused when read aloud or written by hand.
const ALPHABET = 'BCDFGHJKMNPQRTVWXZ23456789'
const ANONYMOUS_ID_LENGTH = 8

/** A random anonymous id such as `K7QM-2TRX`: 26⁸ possibilities, easy to read aloud. */
export function newAnonymousId(): string {
  const letters = Array.from({ length: ANONYMOUS_ID_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)])
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
}

/** A random secret of `bytes` bytes in base64url. */
export function newSecret(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}
