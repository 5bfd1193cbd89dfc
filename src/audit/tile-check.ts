import type { Facts, Findings } from './findings.ts'
import { TlogError } from './tlog/errors.ts'
import { HASH_BYTES } from './tlog/merkle.ts'
import {
  decodeEntries,
  encodeEntries,
  fetchTile,
  type ReadTile,
  TILE_WIDTH,
  type Tile,
  tilePath,
} from './tlog/tile.ts'
import { TileEdge, type TileFile } from './tlog/tile-edge.ts'

/** A leaf as the tables hold it. `entry` is null when its event is gone; then its bundle says no more than its hash. */
export type TableLeaf = { readonly entry: Buffer | null; readonly hash: Buffer }

type TileDeps = {
  readonly findings: Findings
  readonly readTile: ReadTile
  /** Leaves of the published checkpoint. */
  readonly size: number
}

/** Position of what differs in a file, undefined when nothing does. */
type Difference = (file: Buffer) => number | undefined

/**
 * Compares the files of the published log, byte for byte, with those that the tables make, while the leaves go by: the
 * full tiles, and the partial ones at the edge of what was published.
 */
export class TileCheck {
  readonly #deps: TileDeps
  readonly #edge = new TileEdge()
  #bundle: (Buffer | null)[] = []

  constructor(deps: TileDeps) {
    this.#deps = deps
  }

  /** The next leaves; those beyond the published size are not looked at. */
  async append(leaves: readonly TableLeaf[]): Promise<void> {
    for (const { entry, hash } of leaves.slice(0, this.#deps.size - this.#edge.size)) {
      this.#bundle.push(entry)
      const full = this.#edge.append(hash)
      if (full.length > 0) await this.#compareFiles(full)
    }
  }

  /** Compares the tiles at the edge, when all leaves have been appended. A log that is cut has another edge. */
  async finish(): Promise<void> {
    if (this.#edge.size === this.#deps.size) await this.#compareFiles(this.#edge.partialTiles())
  }

  async #compareFiles(files: readonly TileFile[]): Promise<void> {
    for (const { tile, bytes } of files) {
      if (tile.level === 0) await this.#compareBundle({ ...tile, level: 'entries' })
      await this.#compare(tile, (file) =>
        file.equals(bytes)
          ? undefined
          : Math.floor(file.findIndex((byte, i) => byte !== bytes[i]) / HASH_BYTES),
      )
    }
  }

  async #compareBundle(tile: Tile): Promise<void> {
    const entries = this.#bundle
    this.#bundle = []
    const known = entries.filter((entry) => entry !== null)
    await this.#compare(tile, (file) => {
      if (known.length === entries.length && encodeEntries(known).equals(file)) return undefined
      const published = decodeEntries(file, tile.width)
      const at = entries.findIndex((entry, i) => entry !== null && !published[i]?.equals(entry))
      return at < 0 ? undefined : at
    })
  }

  async #compare(tile: Tile, differenceOf: Difference): Promise<void> {
    const { findings, readTile } = this.#deps
    const file = tilePath(tile)
    try {
      const at = differenceOf(await fetchTile(readTile, tile))
      if (at !== undefined) findings.add('file-altered', { file, ...leafAt(tile, at) })
    } catch (error) {
      if (!(error instanceof TlogError)) throw error
      const code = error.fault === 'tile-missing' ? 'file-missing' : 'file-altered'
      findings.add(code, { file, ...leafAt(tile, 0) })
    }
  }
}

/** The leaf at a position of a file, or the leaves that the hash at this position stands for. */
function leafAt({ level, index }: Tile, position: number): Pick<Facts, 'index' | 'from' | 'to'> {
  const first = index * TILE_WIDTH + position
  if (level === 'entries' || level === 0) return { index: first }
  const leaves = TILE_WIDTH ** level
  return { from: first * leaves, to: (first + 1) * leaves }
}
