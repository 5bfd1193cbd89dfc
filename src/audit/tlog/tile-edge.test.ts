import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { leavesOf, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { EMPTY_ROOT } from './merkle.ts'
import { newTiles, subtreesOfTile, type Tile, tilePath } from './tile.ts'
import { TileEdge } from './tile-edge.ts'

const SIZE = 70_000
const tree = new ReferenceTree(leavesOf(SIZE))

/** Tiles of hashes as they are written at each of these sizes, by their paths. */
function publish(sizes: readonly number[]) {
  const files = new Map<string, Buffer>()
  const edge = new TileEdge()
  for (const size of sizes) {
    while (edge.size < size) {
      for (const { tile, bytes } of edge.append(tree.leafHash(edge.size))) files.set(tilePath(tile), bytes)
    }
    for (const { tile, bytes } of edge.partialTiles()) files.set(tilePath(tile), bytes)
  }
  return { edge, files, readTile: async (path: string) => files.get(path) }
}
const tilesOfHashes = (from: number, to: number) =>
  [...newTiles(from, to)].filter((tile): tile is Tile & { level: number } => tile.level !== 'entries')

describe('the right edge of a log in tiles', () => {
  it('makes of any growth the tiles of the specification, of the hashes they stand for', async () => {
    const growth = fc
      .array(fc.nat(5_000), { minLength: 1, maxLength: 8 })
      .map((all) => all.sort((a, b) => a - b))
    await fc.assert(
      fc.asyncProperty(growth, async (sizes) => {
        const { files } = publish(sizes)
        for (const [i, size] of sizes.entries()) {
          for (const tile of tilesOfHashes(sizes[i - 1] ?? 0, size)) {
            expect(files.get(tilePath(tile))).toEqual(
              Buffer.concat([...(await tree.read(subtreesOfTile(tile)))]),
            )
          }
        }
      }),
      { numRuns: 20 },
    )
  })

  it('writes, for 70,000 leaves, the files of the specification and no other', () => {
    const { files, edge } = publish([SIZE])
    expect([...files.keys()].sort()).toEqual(tilesOfHashes(0, SIZE).map(tilePath).sort())
    expect(edge.root()).toEqual(tree.root(SIZE))
    expect(edge.partialTiles().map(({ tile }) => tilePath(tile))).toEqual([
      'tile/0/273.p/112',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ])
  })

  it('has the root of the tree at every size', () => {
    const edge = new TileEdge()
    expect(edge.root()).toEqual(EMPTY_ROOT)
    for (let size = 1; size <= 1_100; size += 1) {
      edge.append(tree.leafHash(size - 1))
      expect(edge.root()).toEqual(tree.root(size))
    }
  })

  it.each([0, 1, 255, 256, 257, 511, 65_535, 65_536, 65_537, 69_999])(
    'is taken up again from the tiles at %i leaves, and grows on as if it had never stopped',
    async (size) => {
      const { readTile } = publish([size])
      const edge = await TileEdge.read(readTile, size)
      expect([edge.size, edge.root()]).toEqual([size, tree.root(size)])
      const [whole, full] = [publish([SIZE]), new Map<string, Buffer>()]
      while (edge.size < SIZE) {
        for (const { tile, bytes } of edge.append(tree.leafHash(edge.size))) full.set(tilePath(tile), bytes)
      }
      expect(edge.partialTiles()).toEqual(whole.edge.partialTiles())
      for (const [path, bytes] of full) expect(bytes).toEqual(whole.files.get(path))
    },
  )

  it('takes the full tile where the partial one is gone', async () => {
    const { files, readTile } = publish([300, 600])
    expect(files.delete('tile/0/001.p/44')).toBe(true)
    expect((await TileEdge.read(readTile, 300)).root()).toEqual(tree.root(300))
    expect(files.delete('tile/0/002.p/88')).toBe(true)
    await expect(TileEdge.read(readTile, 600)).rejects.toMatchObject({ fault: 'tile-missing' })
  })

  it('does not change when a copy of it grows', () => {
    const { edge } = publish([255])
    const copy = edge.copy()
    expect(copy.append(tree.leafHash(255))).toHaveLength(1)
    expect([edge.size, edge.root()]).toEqual([255, tree.root(255)])
    expect(copy.root()).toEqual(tree.root(256))
  })
})
