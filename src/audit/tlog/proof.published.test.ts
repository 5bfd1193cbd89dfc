import { describe, expect, it } from 'vitest'
import { CT_LEAVES, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { checkConsistency, checkInclusion, proveConsistency, proveInclusion } from './proof.ts'

describe('the proofs that the reference implementations of Certificate Transparency are tested with', () => {
  const ct = new ReferenceTree(CT_LEAVES)

  it.each([
    [0, 8, ['96a296d2', '5f083f0a', '6b47aaf2']],
    [5, 8, ['bc1a0643', 'ca854ea1', 'd37ee418']],
    [2, 3, ['fac54203']],
    [1, 5, ['6e340b9c', '5f083f0a', 'bc1a0643']],
  ])('include leaf %i of %i', async (index, size, beginnings) => {
    const proof = await proveInclusion(ct.read, index, size)
    expect(proof.map((hash) => hash.toString('hex', 0, 4))).toEqual(beginnings)
  })

  it.each([
    [1, 1, []],
    [1, 8, ['96a296d2', '5f083f0a', '6b47aaf2']],
    [6, 8, ['0ebc5d34', 'ca854ea1', 'd37ee418']],
    [2, 5, ['5f083f0a', 'bc1a0643']],
  ])('lead from %i leaves to %i', async (oldSize, size, beginnings) => {
    const proof = await proveConsistency(ct.read, oldSize, size)
    expect(proof.map((hash) => hash.toString('hex', 0, 4))).toEqual(beginnings)
  })
})

/**
 * Answers of a public Certificate Transparency log (Google Argon 2020, RFC 6962): the head of 961,984,013 leaves, the
 * path of leaf 10,000, and the consistency proof from 3,654,490 leaves, whose last hashes are those of the path.
 */
const size = 961_984_013
const root = hash('dwlueapdd7LaOEnX2W2Wp9v2XE+KzejHRQGHwEx0oaM=')
const leafHash = hash('nCs3mfIydh9x4CKyQ+u2xtmpxmFggA5MLymHwNQSlLg=')
const oldRoot = hash('AuIZ5V6sDUj1vn3Y1K85oOaQ7y+FJJKtyRTl1edIKBQ=')
const SHARED = [
  'GXIElfmnRuWfbA4z7ubV/UwlpSRUbUeec7oL5HDDnh0=',
  'pR0SH/NYP6s9+8azWwaeUXA4Ze/3WCIgMfh5YW6wvcE=',
  'f3GuAKYVrF8RBg3s15jvA/YvV9oAliWtzP/imwPhQVA=',
  'WHn8zDxlVgkV+lSlmzaOdfSBrTHoRr5nT3d76q0KKWE=',
  'f2uV2ZxVgULzLPKuZcowRY3ZY7fRlX59iDBjV1R8kNQ=',
  'NzQVjJsvQwbi7WStMr9oFkh9VbHfK7LB6o7WwAqwNTs=',
  'C0LttBeYHZHgL+032JIcJC3CTBIyza/hsbmJUgJfmDI=',
  'nixU5CWTFVDlF4BGdcU6kA7WSYurEpe9jRWc+F/7sOc=',
]
const PATH = [
  'T46AmJsuOM/gFiGlUp+IJJebp+1Z5qratFNW7U0JyOQ=',
  '9Jj1Feodn42uRYEfffkV4HF/EIPFQ5Zo9IwkxbQ2uhk=',
  'D53/1oCNebF4J59HHgioovKZxrmrKcVuCVhy3Izg8Ck=',
  'wSFDgGSrsXRPA+1c8WHoAFCsWeUv8NDyP/Q/SgsyVyY=',
  '516/RcwsgdwdzHn18v1dJHqBkgFUbNhmCIWOGjsMJaE=',
  'naTFY2ajLFgrgs5XUl+zJYZnnlJksLGsA1VYwpLfqbY=',
  'mKBRJo6qao+0Kdh/rhGkZUbHUAxMhrtrclrTpIbNjIg=',
  'Co4ueOFE7lpifLio94irxxsv1wFMMaK3tPu2ZQkHlro=',
  'yRgy800K6JMYCC05sWfqF2kvCg2riT/pVM+nEa6V5+0=',
  'n2O38XJZC8/Wpbwi9HhgVizlUyeUHVZvYyQB1607MRc=',
  'go3tAjuNfNSCj87y2Rg1xOroDknGN1eaf3cgvzObf7Q=',
  '8D0Mj3/J7ySSnFb0afIHYXv6rlOhECnsebY6XKi1IR8=',
  '6rcez46ZU8M5vPiWVMAUfJfAOV0pPP/mch/lYzZhj/M=',
  '2rtIeXrPvSdUyHc5maIgSAVB2BzaKaupWxSAiVayDE4=',
  'nniW/IMFQPN5xw8UsHFn7CRStYbm1gLu7NNa6kkRqJQ=',
  'mRPPi7sQS22MduIEyvcNzCNFqIt6kLwYPkNKrVtIcu8=',
  'JvTivzESNS9wHI8aph5a7uieVmtS/p9PciMZ5D6GyOo=',
  'UTyQd+Ym0wY4zG+qK806bBORwi1CSVvFQ/KknnqoZj8=',
  'hXODrqN+ff+U6zPqRQ+ZQKs6im1fPcxIerDSfNwflhE=',
  'II6GE+WY/DrpZzfHztLwkR46o37zVkNLCyPYlf68zA0=',
  'd609kWWcNBllbA8Jb/ad4XAVVGnScLRmtP8FYyr+Dck=',
  'rikBsP0G0gioXRpBFED2CzQdSLrGPvRd0bEcbEZw1rI=',
  ...SHARED,
].map(hash)
const CONSISTENCY = [
  '80Sfbj6UQEdVSZCSIgh9NMPj3vCBzcc1A48B2crJSWg=',
  'FZcrgAHUk6nNPviJZq8kEK6jCG1d18pJOFE45ZDc1TQ=',
  'Q67reWXmPBo1UfmwBap4Xi9PMPfFdUSSw3WGlRZdG7k=',
  'eJ7CyhR4PxzBxDIsWgrVYW1eFUb9ndgf46tFmiqVrxA=',
  'QrDwp062Grm5WY8KdrhFsBuuNjGzRox2Jb8PmVL5OYw=',
  'XM4YMjMEdLH/XJam/ZWyaP14k3cmsOtnPsOWQ54lW1s=',
  'SGiBh+jOTGccXU48ZzgQ88lRcBmtB4wz4oSDndv2QTg=',
  'WAS6txqNLYKGL1GdBdpqmV42TTfn6cJsuDsqLXuTCNI=',
  'QFmRS0rirUA7ZN3lxFjDncV+E1OCrn3NUB4RCp+5fzc=',
  'Hdbp7It2XBNZmNDBpCN/KPd7vfVqxgzwOosqVIaEA9E=',
  'mxvHL0ZiblBdD7j7pIa1jlfB0gSqfJ6oX0UGo7L0VsU=',
  'q5hjyvoW6TL/PThgcitpDcSTrnKX2p1+aqscqH2euRA=',
  'jTOWDqt3IHj2NVFeezyBz2ofpru+ztEywqKUAfFclKI=',
  'GIRn0w3HqJdvU9j1WVD//eR6lk2AaTVjyzjsJNP8U88=',
  'x52GJvxG81fnQBrgOTbll1A5tz95/LXK0Ag1NhB0r1I=',
  '6/0OqrcTgc3o5dD5PymmoC96lB9yLPFuTHVvLy8fSGk=',
  'Gf+iKLfcXO5l4JEFmsZvSdG5q1uEeWPfYLrds6pmjz0=',
  'DGuaco+McyM3AfRSF6qX7RwSetwe2ieYJmxw5e9rVx0=',
  '2tQJ9V32hnYp+fdpP6TcjmgJmLeNVOMKM0Ml1kk4cNU=',
  '3PapK+IkyJr8I9yAErAmzuZezzLMzsg+PfeRCgNW8NQ=',
  's6xiYeejb+wtqHA+URJZ2I/SCPyIW8coP6aB00FJbMY=',
  'z9lSpmdTcr5M5ZzKlc4EPh3SrSypKFdk6JUF/UccaZU=',
  ...SHARED,
].map(hash)

function hash(text: string): Buffer {
  return Buffer.from(text, 'base64')
}

describe('a log of a thousand million leaves', () => {
  it('includes its leaf 10,000', () => {
    expect(checkInclusion(PATH, { index: 10_000, leafHash, size, root })).toBe(true)
    expect(checkInclusion(PATH, { index: 10_001, leafHash, size, root })).toBe(false)
    expect(checkInclusion(PATH, { index: 10_000, leafHash, size: size + 1, root: oldRoot })).toBe(false)
  })

  it('has grown out of its first 3,654,490 leaves', () => {
    expect(checkConsistency(CONSISTENCY, { oldSize: 3_654_490, oldRoot, size, root })).toBe(true)
    expect(checkConsistency(CONSISTENCY, { oldSize: 3_654_491, oldRoot, size, root })).toBe(false)
    expect(checkConsistency(CONSISTENCY, { oldSize: 3_654_490, oldRoot: root, size, root })).toBe(false)
  })
})
