import { timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const REDACTED = '[redacted]'
const values = new WeakMap<object, unknown>()

/**
 * A value about a person. Every way of printing it gives `[redacted]`; `reveal` is the only way out.
 * The value lies in a module-private map, so neither spreading nor inspecting the object can reach it.
 */
export class Sensitive<T> {
  // Makes Sensitive<string> and Sensitive<number> different types although no member holds the value.
  declare private readonly brand: T

  constructor(value: T) {
    values.set(this, value)
    Object.freeze(this)
  }
  toString(): string {
    return REDACTED
  }
  toJSON(): string {
    return REDACTED
  }
  valueOf(): string {
    return REDACTED
  }
  [Symbol.toPrimitive](): string {
    return REDACTED
  }
  [inspect.custom](): string {
    return REDACTED
  }
  /**
   * node-postgres asks for this when the value is a query parameter: it reaches SQL without being revealed. It hands
   * over its own conversion, which nobody else has: what merely calls every method of an object learns nothing.
   */
  toPostgres(prepareValue?: unknown): unknown {
    return typeof prepareValue === 'function' ? values.get(this) : REDACTED
  }
}

/** Wraps a value; one that is missing stays missing, for its absence tells of nobody. */
export function conceal<T>(value: T): Sensitive<NonNullable<T>> | Extract<T, null | undefined> {
  return value === null || value === undefined
    ? (value as Extract<T, null | undefined>)
    : new Sensitive(value as NonNullable<T>)
}

/** The JSON text of a value, as sensitive as the value: for columns of JSON, which no driver writes from an array. */
export function jsonOf(sensitive: Sensitive<unknown>): Sensitive<string> {
  return new Sensitive(JSON.stringify(contentOf(sensitive)))
}

/** Whether two texts are the same, in a time that does not tell where they differ. Neither is revealed. */
export function isSameText(a: Sensitive<string>, b: Sensitive<string>): boolean {
  const [one, other] = [Buffer.from(contentOf(a)), Buffer.from(contentOf(b))]
  return one.length === other.length && timingSafeEqual(one, other)
}

/** Why a sensitive value is looked at; the audit report lists every use. */
export type RevealPurpose =
  | 'show-to-entitled-user'
  | 'export'
  | 'compute-score'
  | 'draw'
  | 'seal'
  | 'unseal'
  | 'sign-in'

/** The value inside. `purpose` is for the reader and the audit report, not for the machine. */
export function reveal<T>(sensitive: Sensitive<T>, _purpose: RevealPurpose): T {
  return contentOf(sensitive)
}

/** Throws for a value that never was sensitive, such as a column that was computed with in SQL and lost its class. */
function contentOf<T>(sensitive: Sensitive<T>): T {
  if (!values.has(sensitive)) throw new TypeError('not a sensitive value')
  return values.get(sensitive) as T
}
