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
  /** node-postgres asks for this when the value is a query parameter: it reaches SQL without being revealed. */
  toPostgres(): unknown {
    return values.get(this)
  }
}

/** Why a sensitive value is looked at; the audit report lists every use. */
export type RevealPurpose = 'show-to-entitled-user' | 'seal' | 'sign-in'

/** The value inside. `purpose` is for the reader and the audit report, not for the machine. */
export function reveal<T>(sensitive: Sensitive<T>, _purpose: RevealPurpose): T {
  return values.get(sensitive) as T
}
