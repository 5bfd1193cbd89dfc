import { describe, expect, it } from 'vitest'
import { leavesOf, ReferenceTree } from '../../../test/support/reference-tree.ts'
import { rebuildFromTiles } from './rebuild.ts'
import { encodeEntries, newTiles, type ReadTile, TILE_WIDTH, tilePath } from './tile.ts'

/** The entries of a log as its files hold them, and nothing else. */
function publishEntries(size: number): Map<string, Buffer> {
  const leaves = leavesOf(size)
  const bundles = [...newTiles(0, size)].filter(({ level }) => level === 'entries')
  return new Map(
    bundles.map((tile) => {
      const first = tile.index * TILE_WIDTH
      return [tilePath(tile), encodeEntries(leaves.slice(first, first + tile.width))]
    }),
  )
}
const readerOf =
  (files: ReadonlyMap<string, Buffer>): ReadTile =>
  async (path) =>
    files.get(path)
const fault = (name: string) => expect.objectContaining({ fault: name })

describe('rebuilding the tree from the published entries', () => {
  it.each([0, 1, 2, 255, 256, 257, 700])('gives the root of %i leaves', async (size) => {
    const root = await rebuildFromTiles(readerOf(publishEntries(size)), size)
    expect(root).toEqual(ReferenceTree.ofSize(size).root(size))
  })

  it('gives the root of a smaller tree, whose edge a full bundle has replaced', async () => {
    const root = await rebuildFromTiles(readerOf(publishEntries(512)), 300)
    expect(root).toEqual(ReferenceTree.ofSize(300).root(300))
  })

  it('gives another root when a byte of an entry is another', async () => {
    const files = publishEntries(300)
    const bundle = files.get('tile/entries/000') ?? expect.fail('no bundle')
    bundle[10] = (bundle[10] ?? 0) ^ 1
    expect(await rebuildFromTiles(readerOf(files), 300)).not.toEqual(ReferenceTree.ofSize(300).root(300))
  })

  it('refuses a bundle that is missing, and one that is too short', async () => {
    const files = publishEntries(300)
    const bundle = files.get('tile/entries/000') ?? expect.fail('no bundle')
    files.set('tile/entries/000', bundle.subarray(0, -1))
    await expect(rebuildFromTiles(readerOf(files), 300)).rejects.toThrow(fault('malformed'))
    files.delete('tile/entries/000')
    await expect(rebuildFromTiles(readerOf(files), 300)).rejects.toThrow(fault('tile-missing'))
  })
})
