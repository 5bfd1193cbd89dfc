import { isUtf8 } from 'node:buffer'

/**
 * What the audit log writes as JSON: RFC 8785 (JCS) on a profile of which every value has one form, whoever writes it.
 * Integers that a double holds, well-formed strings, booleans; members with ASCII names that begin with a letter;
 * nothing null, missing or fractional. Values lie two levels deep at most: `{"metadata":{"fields":["a"]}}`.
 */
export type JcsValue = string | number | boolean | readonly JcsValue[] | { readonly [name: string]: JcsValue }

/** Of the encoded form. */
export const MAX_JCS_BYTES = 8_192
const MAX_DEPTH = 2
/** Beginning with a letter, no name is one that objects put first (`12`) or take as something else (`__proto__`). */
const NAME = /^[A-Za-z][\x20-\x7e]*$/

/** The one encoding of a value, in UTF-8. Throws a `TypeError`, which quotes nothing, for a value outside the profile. */
export function encodeJcs(value: JcsValue): Buffer {
  // On ordered values of the profile, RFC 8785 §3.2.2 is what `JSON.stringify` writes.
  const bytes = Buffer.from(JSON.stringify(ordered(value, MAX_DEPTH)))
  if (bytes.length > MAX_JCS_BYTES) throw new TypeError('JCS: longer than 8 KiB')
  return bytes
}

/** Decodes what `encodeJcs` wrote. Throws a `TypeError` for any other bytes, also for another spelling of a value. */
export function parseStrict(bytes: Buffer): JcsValue {
  if (bytes.length > MAX_JCS_BYTES) throw new TypeError('JCS: longer than 8 KiB')
  const text = bytes.toString()
  const value = parse(text)
  checkOrdered(value, MAX_DEPTH)
  // What decoding has mended is not written back as it was; bytes that are not UTF-8 are mended before.
  if (JSON.stringify(value) !== text || !isUtf8(bytes)) throw new TypeError('JCS: not the canonical form')
  return value
}

function parse(text: string): JcsValue {
  try {
    return JSON.parse(text)
  } catch {
    // Its own message quotes what it could not read.
    throw new TypeError('JCS: not JSON')
  }
}

/** The value with its members in order. `depth`: how many levels of values may still lie inside. */
function ordered(value: unknown, depth: number): JcsValue {
  if (isScalar(value)) return value
  const holder = asHolder(value, depth)
  if (!Array.isArray(holder)) return orderedMembers(holder as Readonly<Record<string, unknown>>, depth)
  const items: JcsValue[] = []
  // Unlike `map`, this visits the holes of an array, and refuses them.
  for (const item of holder) items.push(ordered(item, depth - 1))
  return items
}

/** The same of a value that is to be in order already, as what is read is: nothing is made. */
function checkOrdered(value: unknown, depth: number): void {
  if (isScalar(value)) return
  const holder = asHolder(value, depth)
  if (Array.isArray(holder)) {
    for (const item of holder) checkOrdered(item, depth - 1)
    return
  }
  let before = ''
  for (const name of Object.keys(holder)) {
    checkName(name)
    if (name <= before) throw new TypeError('JCS: members out of order')
    before = name
    checkOrdered((holder as Readonly<Record<string, unknown>>)[name], depth - 1)
  }
}

function isScalar(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('JCS: half of a surrogate pair')
    return true
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new TypeError('JCS: a number that is not a safe integer')
    return true
  }
  return typeof value === 'boolean'
}

function asHolder(value: unknown, depth: number): object {
  if (typeof value !== 'object' || value === null) throw new TypeError('JCS: not a value of the profile')
  if (depth < 0) throw new TypeError('JCS: nested too deep')
  return value
}

function checkName(name: string): void {
  if (!NAME.test(name)) throw new TypeError('JCS: not a name of the profile')
}

/** By the units of their names, which is RFC 8785 §3.2.3. */
function orderedMembers(value: Readonly<Record<string, unknown>>, depth: number): JcsValue {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('JCS: not a plain object')
  const members: Record<string, JcsValue> = {}
  for (const name of Object.keys(value).sort()) {
    checkName(name)
    members[name] = ordered(value[name], depth - 1)
  }
  return members
}
