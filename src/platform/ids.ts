import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import type { Id } from '../observability/id.ts'

/** The version, 7, and the first value of the counter behind it. */
const COUNTER_START = 0x7000
const COUNTER_END = 0x8000
let lastMs = 0
let time = ''
let counter = COUNTER_START

/**
 * A time-ordered id for rows and requests: UUIDv7 with a 12-bit counter (RFC 9562 §6.2, method 1) and 62 random bits.
 * Those of one process are in the order in which they were made, also when its clock goes back. Every request makes
 * one: the random bits come from Node's own store of them, since a library that asks the system each time costs 2 µs.
 */
export function newId(): Id {
  const nowMs = Date.now()
  counter += 1
  if (nowMs > lastMs || counter === COUNTER_END) {
    lastMs = Math.max(nowMs, lastMs + 1)
    const digits = lastMs.toString(16).padStart(12, '0')
    time = `${digits.slice(0, 8)}-${digits.slice(8)}-`
    counter = COUNTER_START
  }
  return `${time}${counter.toString(16)}-${randomUUID().slice(19)}` as Id
}

/** A wholly random 128-bit reference, for everything that may be published or that grants something. */
export function newRef(): Id {
  return randomUUID() as string as Id
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
