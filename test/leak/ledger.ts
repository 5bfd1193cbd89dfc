import type { Hit, Probe } from '../support/leak-probe.ts'

/** What was written, answered or stored, by the name of the place. */
export type Output = {
  readonly name: string
  readonly content: Buffer | string
  /** Whether a hit is lawful here: whoever asked may see it. */
  readonly isLawful?: (hit: Hit) => boolean
}

export type Ledger = {
  add(output: Output): void
  /** The hits in what was added since the last look. */
  look(): readonly Hit[]
  /** The hits of everything there ever was, for markers that were planted late. */
  lookAgain(probe: Probe): readonly Hit[]
}

/** Keeps every output of a run and searches each once. */
export function createLedger(probe: Probe): Ledger {
  const outputs: Output[] = []
  let seen = 0
  const search = (by: Probe, { name, content, isLawful }: Output) =>
    by.search(name, content).filter((hit) => !isLawful?.(hit))
  return {
    add: (output) => void outputs.push(output),
    look: () => {
      const fresh = outputs.slice(seen)
      seen = outputs.length
      return fresh.flatMap((output) => search(probe, output))
    },
    lookAgain: (by) => outputs.flatMap((output) => search(by, output)),
  }
}

/** Hits as a test prints them, each once: what, where and how, without what stands around it. */
export function describeHits(hits: readonly Hit[]): string[] {
  return [...new Set(hits.map(({ source, form, output }) => `${source} in ${output} (${form})`))]
}
