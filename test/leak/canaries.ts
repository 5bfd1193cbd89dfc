import type { Probe } from '../support/leak-probe.ts'

/**
 * Every marker begins so: an accent, capitals, and words that nothing else holds. Ten characters are what V8 quotes of a
 * text that is no JSON.
 */
export const STEM = 'Zoé-Marque'

/** What a marker stands for. Some answers may hold some of these (`entitled.ts`); `input` may be nowhere. */
export type Kind =
  | 'input'
  | 'name'
  | 'email'
  | 'password'
  | 'title'
  | 'label'
  | 'file-name'
  | 'document'
  | 'note'
  | 'code'
  | 'text'
  | 'points'
  | 'strokes'
  | 'key'
  | 'database-password'

/** The markers of one vector, in the forms that inputs take. Each is planted when it is made. */
export type Canary = {
  text(kind: Kind): string
  /** Without accents, for what takes ASCII only. */
  ascii(kind: Kind): string
  email(): string
  /** As a code, a label or a token could be: lower case and hyphens. */
  token(kind: Kind): string
  /** As an identifier could be: letters and digits. */
  word(kind: Kind): string
  /** In capitals with underscores. */
  capitals(kind: Kind): string
  /** A number of points on the step, which no other vector has. */
  points(): number
  /** A fraction of a page, which no other vector has. */
  fraction(): number
}

const withoutAccents = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '')

/** Makes the canaries of one vector after the other; `source` in a hit is `<kind> <vector>`. */
export function createCanaries(probe: Probe): (vector: string) => Canary {
  let made = 0
  return (vector) => {
    made += 1
    const number = made
    const planted = new Set<Kind>()
    const text = (kind: Kind) => {
      const marker = { source: `${kind} ${vector}`, text: `${STEM}ur-${kind}-${number}` }
      if (!planted.has(kind)) probe.plant(marker)
      planted.add(kind)
      return marker.text
    }
    const ascii = (kind: Kind) => withoutAccents(text(kind))
    return {
      text,
      ascii,
      email: () => `${ascii('email').toLowerCase()}@canari.invalid`,
      token: (kind) => ascii(kind).toLowerCase(),
      word: (kind) => ascii(kind).replace(/[^A-Za-z0-9]/g, ''),
      capitals: (kind) =>
        ascii(kind)
          .replace(/[^A-Za-z0-9]/g, '_')
          .toUpperCase(),
      points: () => {
        // Odd enough that no count, time or size is likely to be the same.
        const points = 987.25 - number
        probe.plantNumber(`points ${vector}`, points)
        return points
      },
      fraction: () => {
        const digits = `73451902${String(number).padStart(4, '0')}7`
        probe.plantSecret({ source: `strokes ${vector}`, text: digits })
        return Number(`0.${digits}`)
      },
    }
  }
}

export function kindOf(hit: { readonly source: string }): string {
  return hit.source.split(' ')[0] ?? ''
}
