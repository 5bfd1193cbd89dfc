import type { Findings, HeadKeeper } from './findings.ts'
import type { TreeRow } from './integrate-store.ts'
import { Frontier, hashLeaf } from './tlog/merkle.ts'

/** A head that somebody keeps, which the tree must agree with at its size. */
export type KeptHead = { readonly keeper: HeadKeeper; readonly size: number; readonly root: Buffer }

/**
 * Grows the tree again, leaf by leaf, out of the hashes that are stored, each of which is checked against its bytes;
 * compares the roots on the way with the heads that are kept.
 */
export class TreeCheck {
  readonly #findings: Findings
  readonly #frontier = new Frontier()
  /** Heads that the tree has not reached yet, the smallest first. */
  #heads: KeptHead[] = []
  /** The last size at which a head agreed. */
  #agreed = 0
  /** Once an index is missing, or a root was another, all that follows differs. */
  #isBroken = false

  constructor(findings: Findings) {
    this.#findings = findings
  }

  get size(): number {
    return this.#frontier.size
  }
  get root(): Buffer {
    return this.#frontier.root()
  }

  /** Heads to compare with, none of them smaller than the tree is by now. */
  expect(heads: readonly KeptHead[]): void {
    this.#heads = [...this.#heads, ...heads].sort((a, b) => a.size - b.size)
    this.#compareHeads()
  }

  /** The next leaf. `entry` is null when its event is gone. */
  append(index: number, entry: Buffer | null, leafHash: Buffer): void {
    if (index !== this.size && !this.#isBroken) {
      this.#findings.add('leaf-missing', { index: this.size })
      this.#isBroken = true
    }
    if (entry === null) this.#findings.add('entry-missing', { index })
    else if (!hashLeaf(entry).equals(leafHash)) this.#findings.add('entry-altered', { index })
    this.#frontier.append(leafHash)
    this.#compareHeads()
  }

  /** When all leaves have been appended: compares the tree as it is recorded, and refuses the heads of larger ones. */
  finish(recorded: TreeRow): void {
    const { size } = this
    for (const head of this.#heads) {
      this.#findings.add('log-cut', { keeper: head.keeper, size: head.size, found: size, index: size })
    }
    const isEqual =
      recorded.size === size &&
      recorded.root.equals(this.root) &&
      recorded.frontier.equals(this.#frontier.hashes())
    if (isEqual || this.#isBroken) return
    // Leaves are missing at the end, or were added to it.
    const isSized = recorded.size === size
    const index = isSized ? undefined : Math.min(recorded.size, size)
    this.#findings.add('tree-differs', { expected: recorded.size, found: size, index })
  }

  #compareHeads(): void {
    const due = this.#heads.findIndex(({ size }) => size !== this.size)
    const heads = this.#heads.splice(0, due < 0 ? this.#heads.length : due)
    if (heads.length === 0 || this.#isBroken) return
    const { size, root } = this
    const differing = heads.filter((head) => !head.root.equals(root))
    // The log has signed this root: what differs and bears no signature is what was altered.
    const isSigned = heads.some((head) => IS_SIGNED[head.keeper] && head.root.equals(root))
    for (const { keeper } of differing) {
      if (isSigned && !IS_SIGNED[keeper]) {
        this.#findings.add('head-altered', { keeper, size })
      } else {
        this.#isBroken = true
        this.#findings.add('log-rewritten', { keeper, size, from: this.#agreed, to: size })
      }
    }
    if (differing.length < heads.length) this.#agreed = size
  }
}

const IS_SIGNED: Readonly<Record<HeadKeeper, boolean>> = {
  signing: false,
  checkpoint: true,
  published: true,
  signer: false,
  since: true,
}
