import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { leavesOf, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { MAX_LEAF_BYTES } from './merkle.ts'
import { proveConsistency, proveInclusion, readRoot } from './proof.ts'
import {
  decodeEntries,
  encodeEntries,
  fetchTile,
  newTiles,
  parseTilePath,
  subtreesOfTile,
  type Tile,
  tileHashReader,
  tilePath,
} from './tile.ts'

describe('the path of a tile', () => {
  it.each<[string, Tile]>([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/0/273.p/112', { level: 0, index: 273, width: 112 }],
    ['tile/1/x001/000.p/1', { level: 1, index: 1000, width: 1 }],
    ['tile/63/999', { level: 63, index: 999, width: 256 }],
    ['tile/entries/x001/x234/067', { level: 'entries', index: 1_234_067, width: 256 }],
    ['tile/entries/000.p/255', { level: 'entries', index: 0, width: 255 }],
  ])('%s is written and read as the specification has it', (path, tile) => {
    expect(tilePath(tile)).toBe(path)
    expect(parseTilePath(path)).toEqual(tile)
  })

  it.each([
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/x001',
    'tile/0/001/234',
    'tile/0/000.p/0',
    'tile/0/000.p/00',
    'tile/0/000.p/256',
    'tile/0/000.p/07',
    'tile/0/000.p/',
    'tile/data/000',
    'tile/8/0/000',
    'tile/0/../000',
    '/tile/0/000',
    'tile/0/000/',
    'tile/0/x999/x999/x999/x999/x999/999',
    'checkpoint',
  ])('%s is none', (path) => {
    expect(parseTilePath(path)).toBeUndefined()
  })

  it('is read back for any tile', () => {
    const tile = fc.record({
      level: fc.oneof(fc.constant('entries' as const), fc.nat(63)),
      index: fc.nat(2 ** 40),
      width: fc.integer({ min: 1, max: 256 }),
    })
    fc.assert(
      fc.property(tile, (any) => {
        expect(parseTilePath(tilePath(any))).toEqual(any)
      }),
    )
  })
})

const pathsOf = (from: number, to: number) => [...newTiles(from, to)].map(tilePath)

describe('the tiles of a tree', () => {
  it('are those of the specification for 70,000 leaves', () => {
    const tiles = [...newTiles(0, 70_000)]
    const ofLevel = (level: Tile['level']) => tiles.filter((tile) => tile.level === level)
    const isFull = (tile: Tile) => tile.width === 256
    expect(ofLevel(0).filter(isFull)).toHaveLength(273)
    expect(ofLevel('entries').filter(isFull)).toHaveLength(273)
    expect(tiles.filter((tile) => !isFull(tile) || Number(tile.level) > 0).map(tilePath)).toEqual([
      'tile/entries/273.p/112',
      'tile/0/273.p/112',
      'tile/1/000',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ])
  })

  it('are those of the specification for 256 leaves, and none for no leaf', () => {
    expect(pathsOf(0, 256)).toEqual(['tile/entries/000', 'tile/0/000', 'tile/1/000.p/1'])
    expect(pathsOf(0, 0)).toEqual([])
  })

  it('are new only where the tree has grown', () => {
    expect(pathsOf(300, 300)).toEqual([])
    expect(pathsOf(300, 301)).toEqual(['tile/entries/001.p/45', 'tile/0/001.p/45'])
    expect(pathsOf(255, 257)).toEqual([
      'tile/entries/000',
      'tile/entries/001.p/1',
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
    ])
  })

  it('written at each publication make up, with what was there, those of the last size', () => {
    const sizes = fc.array(fc.nat(200_000), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(sizes, (any) => {
        const published = new Set<string>()
        let from = 0
        for (const to of any.sort((a, b) => a - b)) {
          const fresh = pathsOf(from, to)
          expect(fresh.filter((path) => published.has(path))).toEqual([])
          for (const path of fresh) published.add(path)
          from = to
        }
        expect(pathsOf(0, from).filter((path) => !published.has(path))).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})

describe('an entry bundle', () => {
  it('puts the length of each entry before it in two bytes, the larger first', () => {
    const bundle = encodeEntries([Buffer.from('ab'), Buffer.of(), Buffer.alloc(258, 0x63)])
    expect(bundle.subarray(0, 8).toString('hex')).toBe('0002616200000102')
    expect(bundle).toHaveLength(2 + 2 + 2 + 2 + 258)
  })

  it('is read back, the longest entry included', () => {
    const entries = [Buffer.alloc(MAX_LEAF_BYTES, 1), Buffer.of(), Buffer.from('x')]
    expect(decodeEntries(encodeEntries(entries), 3)).toEqual(entries)
    expect(() => encodeEntries([Buffer.alloc(MAX_LEAF_BYTES + 1)])).toThrow(RangeError)
  })

  it('is refused when it is cut anywhere, goes on, or holds another number of entries', () => {
    const bundle = encodeEntries(leavesOf(3))
    for (let length = 0; length < bundle.length; length += 1) {
      expect(() => decodeEntries(bundle.subarray(0, length), 3)).toThrow('entry bundle')
    }
    for (const width of [0, 2, 4]) expect(() => decodeEntries(bundle, width)).toThrow('entry bundle')
    expect(() => decodeEntries(Buffer.concat([bundle, Buffer.of(0)]), 3)).toThrow('entry bundle')
  })
})

describe('a tree read from its tiles', () => {
  const SIZE = 70_000
  const leaves = leavesOf(SIZE)
  let tree: ReferenceTree
  const files = new Map<string, Buffer>()
  const read: string[] = []
  const readTile = async (path: string) => {
    read.push(path)
    return files.get(path)
  }
  const publish = async (from: number, to: number) => {
    for (const tile of newTiles(from, to)) {
      files.set(tilePath(tile), await contentOf(tile))
    }
  }
  const contentOf = async (tile: Tile) => {
    if (tile.level !== 'entries')
      return Buffer.concat(await tree.read(subtreesOfTile({ ...tile, level: tile.level })))
    return encodeEntries(leaves.slice(tile.index * 256, tile.index * 256 + tile.width))
  }

  beforeAll(async () => {
    tree = new ReferenceTree(leaves)
    for (const [from, to] of [
      [0, 300],
      [300, 1000],
      [1000, 65_800],
      [65_800, SIZE],
    ] as const) {
      await publish(from, to)
    }
  })

  it('has the root and the proofs of the tree in memory, at sizes that were published', async () => {
    const anyLeaf = fc
      .constantFrom(300, 1000, 65_800, SIZE)
      .chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)))
    await fc.assert(
      fc.asyncProperty(anyLeaf, async ([number, size]) => {
        const reader = tileHashReader(readTile, size)
        expect(await readRoot(reader, size)).toEqual(tree.root(size))
        expect(await proveInclusion(reader, number, size)).toEqual(tree.inclusion(number, size))
        expect(await proveConsistency(reader, number + 1, size)).toEqual(tree.consistency(number + 1, size))
      }),
    )
  })

  it('needs a tile for each eight levels, and reads each once', async () => {
    read.length = 0
    await proveInclusion(tileHashReader(readTile, SIZE), 12_345, SIZE)
    expect(read.sort()).toEqual(['tile/0/048', 'tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17'])
  })

  it('takes the full tile where the partial one was deleted, and says which is missing', async () => {
    expect(files.delete('tile/0/001.p/44')).toBe(true)
    expect(await readRoot(tileHashReader(readTile, 300), 300)).toEqual(tree.root(300))
    const full = files.get('tile/0/001') as Buffer
    files.delete('tile/0/001')
    await expect(readRoot(tileHashReader(readTile, 300), 300)).rejects.toMatchObject({
      fault: 'tile-missing',
      message: 'no file tile/0/001.p/44',
    })
    files.set('tile/0/001', full)
  })

  it('has its entries, whole or cut out of the full bundle', async () => {
    const bundle = { level: 'entries', index: 1, width: 44 } as const
    const own = await fetchTile(readTile, bundle)
    expect(files.delete(tilePath(bundle))).toBe(true)
    expect(await fetchTile(readTile, bundle)).toEqual(own)
    expect(decodeEntries(own, 44)).toEqual(leaves.slice(256, 300))
  })

  it('refuses a tile of another length, and a subtree that the tree does not have', async () => {
    const short = async () => Buffer.alloc(31)
    await expect(readRoot(tileHashReader(short, 5), 5)).rejects.toMatchObject({ fault: 'malformed' })
    const reader = tileHashReader(readTile, 300)
    for (const subtree of [
      { level: 0, index: 300 },
      { level: 0, index: 512 },
      { level: 3, index: 37 },
      { level: 8, index: 1 },
    ]) {
      await expect(reader([subtree])).rejects.toThrow('no such subtree')
    }
  })
})
