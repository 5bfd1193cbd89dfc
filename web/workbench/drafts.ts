/** Words that are typed and not done yet, and the version of the remark that they are written over. */
export type Draft = { readonly text: string; readonly version: number }

/** What is typed in less time may be lost with the tab. */
const WRITE_AFTER_MS = 400

/** What is typed of each remark; written down soon after it has changed, however long the typing goes on. */
export class Drafts {
  readonly #drafts = new Map<string, Draft>()
  readonly #write: () => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(write: () => void) {
    this.#write = write
  }

  get all(): Readonly<Record<string, Draft>> {
    return Object.fromEntries(this.#drafts)
  }

  get isEmpty(): boolean {
    return this.#drafts.size === 0
  }

  put(place: string, draft: Draft): void {
    this.#drafts.set(place, draft)
    this.#timer ??= setTimeout(() => this.#writeNow(), WRITE_AFTER_MS)
  }

  drop(place: string): void {
    if (this.#drafts.delete(place)) this.#writeNow()
  }

  /** Writes down at once what waits for it. */
  settle(): void {
    if (this.#timer !== undefined) this.#writeNow()
  }

  #writeNow(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#write()
  }
}
