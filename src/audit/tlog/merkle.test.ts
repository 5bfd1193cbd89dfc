import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CT_LEAVES, leavesOf, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { EMPTY_ROOT, Frontier, hashLeaf, hashNode, MAX_LEAF_BYTES } from './merkle.ts'

/** The roots of `CT_LEAVES`, from none of them to all. */
const CT_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

describe('hashing', () => {
  it('is that of RFC 6962', () => {
    expect(EMPTY_ROOT.toString('hex')).toBe(CT_ROOTS[0])
    expect(hashLeaf(Buffer.from('L123456')).toString('hex')).toBe(
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    )
    expect(hashNode(hashLeaf(Buffer.of()), hashLeaf(Buffer.of(0))).toString('hex')).toBe(CT_ROOTS[2])
  })

  it('takes the longest leaf that a bundle can hold, and no longer one', () => {
    const longest = new ReferenceTree([Buffer.alloc(MAX_LEAF_BYTES, 7)])
    expect(hashLeaf(Buffer.alloc(MAX_LEAF_BYTES, 7))).toEqual(longest.root(1))
    expect(() => hashLeaf(Buffer.alloc(MAX_LEAF_BYTES + 1))).toThrow(RangeError)
  })

  it('refuses hashes of another length', () => {
    const hash = hashLeaf(Buffer.of())
    expect(() => hashNode(hash.subarray(1), hash)).toThrow(RangeError)
    expect(() => hashNode(hash, Buffer.concat([hash, hash]))).toThrow(RangeError)
    expect(() => new Frontier().append(hash.subarray(1))).toThrow(RangeError)
  })
})

describe('a frontier', () => {
  it('has the roots that Certificate Transparency publishes', () => {
    const frontier = new Frontier()
    const roots = [frontier.root()]
    for (const leaf of CT_LEAVES) {
      frontier.appendLeaf(leaf)
      roots.push(frontier.root())
    }
    expect(roots.map((root) => root.toString('hex'))).toEqual(CT_ROOTS)
  })

  it('has the root of the recursive definition at every size from 0 to 1100, from leaves and from hashes', () => {
    const reference = ReferenceTree.ofSize(1100)
    const ofLeaves = new Frontier()
    const ofHashes = new Frontier()
    for (const [index, leaf] of leavesOf(1100).entries()) {
      expect(ofLeaves.root()).toEqual(reference.root(index))
      expect(ofHashes.root()).toEqual(reference.root(index))
      ofLeaves.appendLeaf(leaf)
      ofHashes.append(reference.leafHash(index))
    }
    expect(ofLeaves.size).toBe(1100)
    expect(ofLeaves.root()).toEqual(reference.root(1100))
    expect(ofHashes.root()).toEqual(reference.root(1100))
  })

  it('goes on from what was kept of it, and keeps one hash for each bit of the size', () => {
    const reference = ReferenceTree.ofSize(300)
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (one, other) => {
        const [kept, size] = one < other ? [one, other] : [other, one]
        const before = new Frontier()
        for (let i = 0; i < kept; i += 1) before.append(reference.leafHash(i))
        const after = Frontier.of(kept, before.hashes())
        expect(before.hashes().length / 32).toBe(kept.toString(2).replaceAll('0', '').length)
        for (let i = kept; i < size; i += 1) after.append(reference.leafHash(i))
        expect(after.root()).toEqual(reference.root(size))
        expect(before.root()).toEqual(reference.root(kept))
      }),
    )
  })

  it('cannot be taken up with the hashes of another size', () => {
    const frontier = new Frontier()
    for (const leaf of leavesOf(5)) frontier.appendLeaf(leaf)
    expect(() => Frontier.of(4, frontier.hashes())).toThrow(RangeError)
    expect(() => Frontier.of(7, frontier.hashes())).toThrow(RangeError)
  })
})
