import type { Canary } from './canaries.ts'

/** One way by which data could get where it must not be. */
export type Vector<World> = {
  /** Unique; it names the row of docs/leak-vectors.md and the hits. */
  readonly name: string
  /** Where the marker goes in, and what is made to happen to it. */
  readonly path: string
  /** What must come of it, as `provoke` tells it: it shows that the thing happened. */
  readonly outcome: string
  readonly provoke: (world: World, canary: Canary) => Promise<string>
}
