import { Frontier } from './merkle.ts'
import { decodeEntries, fetchTile, newTiles, type ReadTile } from './tile.ts'

/**
 * The root of the tree of `size` leaves, made of the published entries alone: no hash that the log has published is
 * taken at its word. Throws `tile-missing`, and `malformed` for a bundle that is not one.
 */
export async function rebuildFromTiles(readTile: ReadTile, size: number): Promise<Buffer> {
  const frontier = new Frontier()
  for (const tile of newTiles(0, size)) {
    // Bundles come first, and hashes after all of them.
    if (tile.level !== 'entries') break
    const bundle = await fetchTile(readTile, tile)
    for (const leaf of decodeEntries(bundle, tile.width)) frontier.appendLeaf(leaf)
  }
  return frontier.root()
}
