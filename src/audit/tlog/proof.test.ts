import { LogCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js'
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leavesOf, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { EMPTY_ROOT, hashNode } from './merkle.ts'
import { checkConsistency, checkInclusion, proveConsistency, proveInclusion } from './proof.ts'

const SMALL = 40
const tree = ReferenceTree.ofSize(1100)

/** Each size up to `SMALL` with each number up to it. */
const pairs = Array.from({ length: SMALL + 1 }, (_, size) =>
  Array.from({ length: size + 1 }, (_, other) => [other, size] as const),
).flat()

const inclusionClaim = (index: number, size: number) => ({
  index,
  size,
  leafHash: tree.leafHash(index),
  root: tree.root(size),
})
const consistencyClaim = (oldSize: number, size: number) => ({
  oldSize,
  size,
  oldRoot: tree.root(oldSize),
  root: tree.root(size),
})

/** Every way to change one byte of a proof, to leave a hash out, to repeat one and to swap two. */
function* spoiled(proof: readonly Buffer[]): Generator<Buffer[]> {
  for (const [position, hash] of proof.entries()) {
    for (let byte = 0; byte < hash.length; byte += 1) {
      const changed = Buffer.from(hash)
      changed[byte] = (changed[byte] ?? 0) ^ 1
      yield proof.with(position, changed)
    }
    yield proof.toSpliced(position, 1)
    yield proof.toSpliced(position, 0, hash)
    yield proof.with(position, hash.subarray(1))
    const next = proof[position + 1]
    if (next) yield proof.toSpliced(position, 2, next, hash)
  }
  yield [...proof, tree.leafHash(0)]
}

describe('a proof of inclusion', () => {
  it('is that of RFC 6962 for each leaf of each small tree, and is accepted', async () => {
    for (const [index, size] of pairs.filter(([index, size]) => index < size)) {
      const proof = await proveInclusion(tree.read, index, size)
      expect(proof).toEqual(tree.inclusion(index, size))
      expect(checkInclusion(proof, inclusionClaim(index, size))).toBe(true)
    }
  })

  it('is that of RFC 6962 in larger trees', async () => {
    const anyLeaf = fc
      .integer({ min: 1, max: 1100 })
      .chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)))
    await fc.assert(
      fc.asyncProperty(anyLeaf, async ([index, size]) => {
        const proof = await proveInclusion(tree.read, index, size)
        expect(proof).toEqual(tree.inclusion(index, size))
        expect(checkInclusion(proof, inclusionClaim(index, size))).toBe(true)
      }),
    )
  })

  it('is refused with any byte changed, and with hashes missing, repeated or swapped', () => {
    for (const size of [1, 2, 3, 8, 11, 16]) {
      for (let index = 0; index < size; index += 1) {
        for (const proof of spoiled(tree.inclusion(index, size))) {
          expect(checkInclusion(proof, inclusionClaim(index, size))).toBe(false)
        }
      }
    }
  })

  it('is refused for another leaf, another place and another tree', () => {
    for (const [index, size] of pairs.filter(([index, size]) => index < size)) {
      const proof = tree.inclusion(index, size)
      const claim = inclusionClaim(index, size)
      const others = [
        { ...claim, leafHash: tree.leafHash(index + 1) },
        { ...claim, root: tree.root(size + 1) },
        { ...claim, root: EMPTY_ROOT },
        { ...claim, leafHash: claim.leafHash.subarray(1) },
        { ...claim, index: index + 1 },
        { ...claim, index: index - 1 },
        { ...claim, index: size },
        { ...claim, index: index + 0.5 },
        { ...claim, size: 0 },
        { ...claim, size: size * 2 + 1 },
        { ...claim, size: Number.NaN },
      ]
      expect(others.filter((other) => checkInclusion(proof, other))).toEqual([])
    }
  })

  it('is refused when it goes on above the root', () => {
    const [left, right] = [tree.leafHash(0), tree.leafHash(1)]
    const claim = { index: 0, size: 1, leafHash: right, root: hashNode(left, right) }
    expect(checkInclusion([left], claim)).toBe(false)
  })

  it('is accepted, and refused for another entry, by an implementation that is not ours', async () => {
    const verify = (proof: Buffer[], index: number, size: number, entry: Buffer) =>
      verifyMerkleInclusion(
        {
          canonicalizedBody: entry,
          inclusionProof: { logIndex: String(index), hashes: proof },
        } as unknown as Parameters<typeof verifyMerkleInclusion>[0],
        LogCheckpoint.fromString(
          formatCheckpoint({ origin: 'example.org/log', size, root: tree.root(size) }),
        ),
      )
    const leaves = leavesOf(1100)
    const anyLeaf = fc
      .integer({ min: 1, max: 1100 })
      .chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)))
    await fc.assert(
      fc.asyncProperty(anyLeaf, async ([index, size]) => {
        const proof = await proveInclusion(tree.read, index, size)
        verify(proof, index, size, leaves[index] as Buffer)
        expect(() => verify(proof, index, size, Buffer.from('another'))).toThrow('root hash does not match')
      }),
    )
  })

  it('is not made for a leaf that the tree does not have', async () => {
    await expect(proveInclusion(tree.read, 5, 5)).rejects.toThrow(RangeError)
    await expect(proveInclusion(tree.read, -1, 5)).rejects.toThrow(RangeError)
    await expect(proveInclusion(tree.read, 0, 0)).rejects.toThrow(RangeError)
  })
})

describe('a proof of consistency', () => {
  it('is that of RFC 6962 between each two small trees, and is accepted', async () => {
    for (const [oldSize, size] of pairs) {
      const proof = await proveConsistency(tree.read, oldSize, size)
      expect(proof).toEqual(oldSize === 0 ? [] : tree.consistency(oldSize, size))
      expect(checkConsistency(proof, consistencyClaim(oldSize, size))).toBe(true)
    }
  })

  it('is that of RFC 6962 between larger trees', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1099), fc.nat(1099), async (one, other) => {
        const [oldSize, size] = [Math.min(one, other) + 1, Math.max(one, other) + 1]
        const proof = await proveConsistency(tree.read, oldSize, size)
        expect(proof).toEqual(tree.consistency(oldSize, size))
        expect(checkConsistency(proof, consistencyClaim(oldSize, size))).toBe(true)
      }),
    )
  })

  it('is refused with any byte changed, and with hashes missing, repeated or swapped', () => {
    for (const [oldSize, size] of pairs.filter(([oldSize, size]) => oldSize > 0 && size <= 17)) {
      for (const proof of spoiled(tree.consistency(oldSize, size))) {
        expect(checkConsistency(proof, consistencyClaim(oldSize, size))).toBe(false)
      }
    }
  })

  it('is refused for other trees', () => {
    for (const [oldSize, size] of pairs.filter(([oldSize, size]) => oldSize > 0 && oldSize < size)) {
      const proof = tree.consistency(oldSize, size)
      const claim = consistencyClaim(oldSize, size)
      const others = [
        { ...claim, oldRoot: claim.root },
        { ...claim, root: claim.oldRoot },
        { ...claim, oldRoot: EMPTY_ROOT, oldSize: 0 },
        { ...claim, oldSize: size },
        { ...claim, oldSize: size + 1 },
        { ...claim, oldSize: oldSize + 0.5 },
        { ...claim, size: size * 2 + 1 },
      ]
      expect(others.filter((other) => checkConsistency(proof, other))).toEqual([])
    }
  })

  it('is refused when it goes on above the roots', () => {
    const beside = tree.leafHash(0)
    const claim = {
      ...consistencyClaim(3, 4),
      oldRoot: hashNode(beside, tree.root(3)),
      root: hashNode(beside, tree.root(4)),
    }
    expect(checkConsistency([...tree.consistency(3, 4), beside], claim)).toBe(false)
  })

  it('is refused when the history before it was rewritten', async () => {
    const rewritten = new ReferenceTree(leavesOf(50).with(3, Buffer.from('rewritten')))
    const proof = await proveConsistency(rewritten.read, 20, 50)
    const honest = { oldSize: 20, oldRoot: rewritten.root(20), size: 50, root: rewritten.root(50) }
    expect(checkConsistency(proof, honest)).toBe(true)
    expect(checkConsistency(proof, { ...honest, oldRoot: tree.root(20) })).toBe(false)
  })

  it('begins with an empty tree that is one', () => {
    const claim = consistencyClaim(0, 5)
    expect(checkConsistency([], { ...claim, oldRoot: tree.root(1) })).toBe(false)
    expect(checkConsistency([claim.root], claim)).toBe(false)
  })

  it('says nothing of a tree that shrank', async () => {
    await expect(proveConsistency(tree.read, 6, 5)).rejects.toThrow(RangeError)
    expect(checkConsistency([], consistencyClaim(6, 5))).toBe(false)
    const claim = { oldSize: 3, oldRoot: tree.root(1), size: 1, root: tree.root(1) }
    expect(checkConsistency([tree.root(1)], claim)).toBe(false)
  })
})
