import { EMPTY_ROOT, HASH_BYTES, hashNode } from './merkle.ts'

/** The complete subtree of the leaves from `index * 2^level` to `(index + 1) * 2^level`, without the last. */
export type Subtree = { readonly level: number; readonly index: number }

/** Gives the hashes of complete subtrees, in the order asked. One call holds all that a proof needs. */
export type HashReader = (subtrees: readonly Subtree[]) => Promise<readonly Buffer[]>

/** Leaves from `start` to `end`, without `end`. It is complete, or lies at the right edge of the tree. */
type Range = readonly [start: number, end: number]

/** The root of the tree of `size` leaves (RFC 6962 §2.1). */
export async function readRoot(read: HashReader, size: number): Promise<Buffer> {
  if (size === 0) return EMPTY_ROOT
  const [root] = await hashRanges(read, [[0, size]])
  return root as Buffer
}

/** The proof that leaf `index` (from 0) is in the tree of `size` leaves, its sibling first (RFC 6962 §2.1.1). */
export async function proveInclusion(read: HashReader, index: number, size: number): Promise<Buffer[]> {
  if (!isCount(index) || !isCount(size) || index >= size) throw new RangeError('no such leaf in this tree')
  return hashRanges(read, inclusionPath(index, [0, size]))
}

/** The proof that the tree of `size` leaves begins with the tree of `oldSize` leaves (RFC 6962 §2.1.2). */
export async function proveConsistency(read: HashReader, oldSize: number, size: number): Promise<Buffer[]> {
  if (!isCount(oldSize) || !isCount(size) || oldSize > size) throw new RangeError('no such trees')
  return oldSize === 0 ? [] : hashRanges(read, consistencyPath(oldSize, [0, size], true))
}

/** PATH of RFC 6962 §2.1.1, as the ranges whose hashes it is made of. */
function inclusionPath(index: number, [start, end]: Range): Range[] {
  if (end - start === 1) return []
  const middle = start + widthOfLeft(end - start)
  return index < middle
    ? [...inclusionPath(index, [start, middle]), [middle, end]]
    : [...inclusionPath(index, [middle, end]), [start, middle]]
}

/** SUBPROOF of RFC 6962 §2.1.2. Who holds the root of the old tree need not be told it: `isOldTree`. */
function consistencyPath(oldSize: number, [start, end]: Range, isOldTree: boolean): Range[] {
  if (oldSize === end) return isOldTree ? [] : [[start, end]]
  const middle = start + widthOfLeft(end - start)
  return oldSize <= middle
    ? [...consistencyPath(oldSize, [start, middle], isOldTree), [middle, end]]
    : [...consistencyPath(oldSize, [middle, end], false), [start, middle]]
}

/** The largest power of two below `leaves`, which are two at least: where RFC 6962 divides a tree. */
function widthOfLeft(leaves: number): number {
  let width = 1
  while (width * 2 < leaves) width *= 2
  return width
}

async function hashRanges(read: HashReader, ranges: readonly Range[]): Promise<Buffer[]> {
  const parts = ranges.map(completeSubtrees)
  const hashes = [...(await read(parts.flat()))]
  return parts.map((part) =>
    hashes.splice(0, part.length).reduceRight((right, left) => hashNode(left, right)),
  )
}

/** The complete subtrees that a range falls into, the widest first. */
function completeSubtrees([start, end]: Range): Subtree[] {
  const subtrees: Subtree[] = []
  let first = start
  while (first < end) {
    let level = 0
    while (first + 2 ** (level + 1) <= end) level += 1
    subtrees.push({ level, index: first / 2 ** level })
    first += 2 ** level
  }
  return subtrees
}

/** Whether `proof` leads from the leaf to the root of the tree of `size` leaves (RFC 9162 §2.1.3.2). */
export function checkInclusion(
  proof: readonly Buffer[],
  claim: { readonly index: number; readonly leafHash: Buffer; readonly size: number; readonly root: Buffer },
): boolean {
  const { index, leafHash, size, root } = claim
  if (!isCount(index) || !isCount(size) || index >= size || ![...proof, leafHash].every(isHash)) return false
  const climb = climbFrom(index, size - 1)
  let hash = leafHash
  for (const sibling of proof) {
    if (climb.isAtTop()) return false
    hash = climb.isRight() ? hashNode(sibling, hash) : hashNode(hash, sibling)
    climb.up()
  }
  return climb.isAtTop() && hash.equals(root)
}

/**
 * Whether `proof` shows that the tree of `size` leaves begins with that of `oldSize` (RFC 9162 §2.1.4.2). From an empty
 * tree, and to the same tree, the proof is empty.
 */
export function checkConsistency(
  proof: readonly Buffer[],
  claim: { readonly oldSize: number; readonly oldRoot: Buffer; readonly size: number; readonly root: Buffer },
): boolean {
  const { oldSize, oldRoot, size, root } = claim
  if (!isCount(oldSize) || !isCount(size) || oldSize > size || !proof.every(isHash)) return false
  if (oldSize === size) return proof.length === 0 && oldRoot.equals(root)
  if (oldSize === 0) return proof.length === 0 && oldRoot.equals(EMPTY_ROOT)
  const climb = climbFrom(oldSize - 1, size - 1)
  climb.skipCompleted()
  // An old tree that is complete is itself the first hash, and is not sent.
  const [first, ...rest] = climb.isLeftmost() ? [oldRoot, ...proof] : proof
  if (first === undefined) return false
  let oldHash = first
  let hash = first
  for (const sibling of rest) {
    if (climb.isAtTop()) return false
    if (climb.isRight()) {
      oldHash = hashNode(sibling, oldHash)
      hash = hashNode(sibling, hash)
    } else {
      hash = hashNode(hash, sibling)
    }
    climb.up()
  }
  return climb.isAtTop() && oldHash.equals(oldRoot) && hash.equals(root)
}

/**
 * The way from a node to the root as RFC 9162 walks it: `fn` is the node's index at the present level, `sn` that of the
 * last node there. A node without a right neighbour is carried up until it is a right one itself.
 */
function climbFrom(node: number, last: number) {
  let fn = node
  let sn = last
  const isOdd = (n: number) => n % 2 === 1
  const step = () => {
    fn = Math.floor(fn / 2)
    sn = Math.floor(sn / 2)
  }
  return {
    isAtTop: () => sn === 0,
    isLeftmost: () => fn === 0,
    isRight: () => isOdd(fn) || fn === sn,
    up() {
      if (fn === sn) while (fn !== 0 && !isOdd(fn)) step()
      step()
    },
    skipCompleted() {
      while (isOdd(fn)) step()
    },
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isHash(value: Buffer): boolean {
  return value.length === HASH_BYTES
}
