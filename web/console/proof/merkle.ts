import { type Bytes, sha256 } from './bytes.ts'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** The hash of an entry of the log (RFC 6962 §2.1). */
export function hashLeaf(entry: Bytes): Promise<Bytes> {
  return sha256(LEAF, entry)
}

function hashNode(left: Bytes, right: Bytes): Promise<Bytes> {
  return sha256(NODE, left, right)
}

/**
 * The root that a path leads to from the leaf at `index` of a tree of `size` leaves (RFC 9162 §2.1.3.2); undefined when
 * the path is too short or too long.
 */
export async function rootOfPath(
  leaf: { readonly index: number; readonly hash: Bytes },
  size: number,
  path: readonly Bytes[],
): Promise<Bytes | undefined> {
  let node = leaf.index
  let last = size - 1
  let hash = leaf.hash
  for (const sibling of path) {
    if (last === 0) return undefined
    if (node % 2 === 1 || node === last) {
      hash = await hashNode(sibling, hash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = await hashNode(hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? hash : undefined
}

/** The root of a whole tree, leaf by leaf; it can be asked for at every size on the way. */
export class Tree {
  size = 0
  /** By level, the complete subtree that waits for its right neighbour. */
  readonly #subtrees: (Bytes | undefined)[] = []

  async append(leafHash: Bytes): Promise<void> {
    let hash = leafHash
    let level = 0
    for (let left = this.#subtrees[0]; left; left = this.#subtrees[level]) {
      this.#subtrees[level] = undefined
      hash = await hashNode(left, hash)
      level += 1
    }
    this.#subtrees[level] = hash
    this.size += 1
  }

  async root(): Promise<Bytes> {
    let root: Bytes | undefined
    for (const subtree of this.#subtrees) {
      if (subtree) root = root ? await hashNode(subtree, root) : subtree
    }
    return root ?? sha256()
  }
}
