import { Frontier, HASH_BYTES } from './merkle.ts'
import { fetchTile, hashesAtLevel, type ReadTile, TILE_WIDTH, type Tile } from './tile.ts'

/** What a file of the log holds. */
export type TileFile = { readonly tile: Tile; readonly bytes: Buffer }

/**
 * The right edge of a growing log in its tiles: of each level the hashes that fill no tile yet. It is all that
 * publishing needs, whatever the size: 255 hashes a level at most.
 */
export class TileEdge {
  #size = 0
  readonly #levels: Buffer[][] = []

  /** The edge of the tree of `size` leaves, from its tiles, taken at their word. Throws `tile-missing`, `malformed`. */
  static async read(readTile: ReadTile, size: number): Promise<TileEdge> {
    const edge = new TileEdge()
    edge.#size = size
    for (let level = 0; hashesAtLevel(size, level) > 0; level += 1) {
      const hashes = hashesAtLevel(size, level)
      const tile = { level, index: Math.floor(hashes / TILE_WIDTH), width: hashes % TILE_WIDTH }
      edge.#levels.push(tile.width === 0 ? [] : splitHashes(await fetchTile(readTile, tile)))
    }
    return edge
  }

  /** Leaves so far. */
  get size(): number {
    return this.#size
  }

  copy(): TileEdge {
    const copy = new TileEdge()
    copy.#size = this.#size
    copy.#levels.push(...this.#levels.map((hashes) => [...hashes]))
    return copy
  }

  /** Appends a leaf by its hash. Returns the tiles that it fills, the lowest first. */
  append(leafHash: Buffer): TileFile[] {
    const full: TileFile[] = []
    let hash = leafHash
    this.#size += 1
    for (let level = 0; ; level += 1) {
      const hashes = this.#level(level)
      hashes.push(hash)
      if (hashes.length < TILE_WIDTH) return full
      const index = hashesAtLevel(this.#size, level) / TILE_WIDTH - 1
      full.push({ tile: { level, index, width: TILE_WIDTH }, bytes: Buffer.concat(hashes) })
      hash = rise(hashes).root()
      hashes.length = 0
    }
  }

  /** The tiles that are not full, which a checkpoint of this size needs besides the full ones. */
  partialTiles(): TileFile[] {
    return this.#levels.flatMap((hashes, level) => {
      const index = Math.floor(hashesAtLevel(this.#size, level) / TILE_WIDTH)
      return hashes.length === 0
        ? []
        : [{ tile: { level, index, width: hashes.length }, bytes: Buffer.concat(hashes) }]
    })
  }

  /** The hashes of the leaves behind the last full tile. */
  lastLeafHashes(): readonly Buffer[] {
    return this.#level(0)
  }

  root(): Buffer {
    // Eight levels of the tree's own frontier are that of the hashes in one tile.
    const frontier = this.#levels.map((hashes) => rise(hashes).hashes()).reverse()
    return Frontier.of(this.#size, Buffer.concat(frontier)).root()
  }

  #level(level: number): Buffer[] {
    let hashes = this.#levels[level]
    if (hashes === undefined) {
      hashes = []
      this.#levels[level] = hashes
    }
    return hashes
  }
}

/** The subtree above the hashes of a tile. */
function rise(hashes: readonly Buffer[]): Frontier {
  const frontier = new Frontier()
  for (const hash of hashes) frontier.append(hash)
  return frontier
}

function splitHashes(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) =>
    bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  )
}
