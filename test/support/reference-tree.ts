import { createHash } from 'node:crypto'
import type { HashReader } from '../../src/audit/tlog/proof.ts'

/**
 * RFC 6962 §2.1 as it is written, by recursion over the leaves: slow, and made of other parts than the log's own tree.
 * Remembers what it has hashed, so that trees of a thousand leaves can be compared size by size.
 */
export class ReferenceTree {
  readonly #leafHashes: Buffer[]
  readonly #roots = new Map<string, Buffer>()

  constructor(leaves: readonly Uint8Array[]) {
    this.#leafHashes = leaves.map((leaf) => sha256(Buffer.of(0), leaf))
  }

  /** A tree of `size` different leaves. */
  static ofSize(size: number): ReferenceTree {
    return new ReferenceTree(leavesOf(size))
  }

  leafHash(index: number): Buffer {
    return this.#leafHashes[index] as Buffer
  }

  /** MTH(D[start:end]). */
  root(end: number, start = 0): Buffer {
    if (end === start) return sha256()
    if (end - start === 1) return this.leafHash(start)
    const key = `${start}:${end}`
    const middle = start + split(end - start)
    const root =
      this.#roots.get(key) ?? sha256(Buffer.of(1), this.root(middle, start), this.root(end, middle))
    this.#roots.set(key, root)
    return root
  }

  /** PATH(index, D[start:end]). */
  inclusion(index: number, end: number, start = 0): Buffer[] {
    if (end - start === 1) return []
    const middle = start + split(end - start)
    return index < middle
      ? [...this.inclusion(index, middle, start), this.root(end, middle)]
      : [...this.inclusion(index, end, middle), this.root(middle, start)]
  }

  /** PROOF(oldSize, D[0:size]). */
  consistency(oldSize: number, size: number): Buffer[] {
    return this.#subproof(oldSize, 0, size, true)
  }

  #subproof(oldSize: number, start: number, end: number, isKnown: boolean): Buffer[] {
    if (oldSize === end) return isKnown ? [] : [this.root(end, start)]
    const middle = start + split(end - start)
    return oldSize <= middle
      ? [...this.#subproof(oldSize, start, middle, isKnown), this.root(end, middle)]
      : [...this.#subproof(oldSize, middle, end, false), this.root(middle, start)]
  }

  /** Complete subtrees, as a store in memory would give them. */
  readonly read: HashReader = async (subtrees) =>
    subtrees.map(({ level, index }) => this.root((index + 1) * 2 ** level, index * 2 ** level))
}

/** The leaves that the reference implementations of Certificate Transparency are tested with. */
export const CT_LEAVES: readonly Buffer[] = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((leaf) => Buffer.from(leaf, 'hex'))

/** `size` short leaves, no two alike. */
export function leavesOf(size: number): Buffer[] {
  return Array.from({ length: size }, (_, i) => Buffer.from(`leaf ${i}`))
}

function split(leaves: number): number {
  return 2 ** Math.ceil(Math.log2(leaves) - 1)
}

function sha256(...parts: Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
