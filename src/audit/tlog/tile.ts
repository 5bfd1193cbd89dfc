import { TlogError } from './errors.ts'
import { Frontier, HASH_BYTES, MAX_LEAF_BYTES } from './merkle.ts'
import type { HashReader, Subtree } from './proof.ts'

/** Hashes in a full tile, entries in a full bundle (C2SP tlog-tiles, "Merkle Tree"). */
export const TILE_WIDTH = 256
/** Levels of the Merkle tree that one level of tiles stands for. */
const TILE_HEIGHT = 8
const MAX_TILE_LEVEL = 63

/**
 * A file of the log. At level 0 its hashes are those of leaves, at level 1 the roots of full tiles of level 0, and so
 * on; at `entries` it is the bundle of the leaves themselves. `width` is 1 to 256; a narrower file is partial.
 */
export type Tile = { readonly level: number | 'entries'; readonly index: number; readonly width: number }

/** The path of a tile below the log's prefix: `tile/0/x001/x234/067`, `tile/entries/000.p/17`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const last = groups.pop()
  const number = [...groups.map((group) => `x${group}`), last].join('/')
  return `tile/${level}/${number}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

const TILE_PATH = /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/)*[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/

/** The tile that a path names; undefined for any other path, and for another spelling of one. */
export function parseTilePath(path: string): Tile | undefined {
  const [, level, number, width] = TILE_PATH.exec(path) ?? []
  if (level === undefined || number === undefined) return undefined
  const tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(number.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  } as const
  const isInRange =
    (tile.level === 'entries' || tile.level <= MAX_TILE_LEVEL) &&
    Number.isSafeInteger(tile.index) &&
    tile.width >= 1 &&
    tile.width <= TILE_WIDTH
  return isInRange && tilePath(tile) === path ? tile : undefined
}

/**
 * The tiles to write when a tree that was published at `from` leaves is published at `to`; with `from` 0, all that a
 * tree of `to` leaves consists of. Bundles come first, so that hashes are never there without their entries. Each is
 * as wide as `to` makes it: the partial tiles of sizes in between, which no checkpoint has, are left out.
 */
export function* newTiles(from: number, to: number): Generator<Tile> {
  yield* newTilesOfLevel('entries', from, to)
  for (let level = 0; hashesAtLevel(to, level) > 0; level += 1) {
    yield* newTilesOfLevel(level, hashesAtLevel(from, level), hashesAtLevel(to, level))
  }
}

function* newTilesOfLevel(level: Tile['level'], from: number, to: number): Generator<Tile> {
  for (let index = Math.floor(from / TILE_WIDTH); from < to && index * TILE_WIDTH < to; index += 1) {
    yield { level, index, width: Math.min(TILE_WIDTH, to - index * TILE_WIDTH) }
  }
}

/** How many hashes the tiles of a level hold together, in the tree of `size` leaves. */
export function hashesAtLevel(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** level)
}

/** The subtrees whose hashes a tile of hashes is made of, in order: what a writer of tiles has to read. */
export function subtreesOfTile(tile: Tile & { readonly level: number }): Subtree[] {
  const first = tile.index * TILE_WIDTH
  return Array.from({ length: tile.width }, (_, i) => ({ level: tile.level * TILE_HEIGHT, index: first + i }))
}

/** An entry bundle: each leaf after its length in 16 bits, big-endian (C2SP tlog-tiles, "Log entries"). */
export function encodeEntries(leaves: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    leaves.flatMap((leaf) => {
      if (leaf.length > MAX_LEAF_BYTES) throw new RangeError('a leaf of the log is longer than 65,535 bytes')
      const length = Buffer.alloc(2)
      length.writeUInt16BE(leaf.length)
      return [length, leaf]
    }),
  )
}

/** The `width` leaves of an entry bundle, as views of it. Throws `malformed` when it holds fewer, more, or a part. */
export function decodeEntries(bundle: Buffer, width: number): Buffer[] {
  const leaves: Buffer[] = []
  let offset = 0
  while (offset + 2 <= bundle.length && leaves.length < width) {
    const start = offset + 2
    offset = start + bundle.readUInt16BE(offset)
    leaves.push(bundle.subarray(start, offset))
  }
  if (leaves.length !== width || offset !== bundle.length) {
    throw new TlogError('malformed', 'entry bundle: not of the width its place has')
  }
  return leaves
}

/** Gives the bytes of a file of the log, undefined when there is none. */
export type ReadTile = (path: string) => Promise<Buffer | undefined>

/**
 * The bytes of a tile or bundle as of its width: the partial file, or else the full one, which may have replaced it,
 * cut to the width. Throws `tile-missing`, and `malformed` for a file of another length.
 */
export async function fetchTile(readTile: ReadTile, tile: Tile): Promise<Buffer> {
  const own = await readTile(tilePath(tile))
  if (own !== undefined) return cutTile(own, tile, tile.width)
  const full = tile.width < TILE_WIDTH ? await readTile(tilePath({ ...tile, width: TILE_WIDTH })) : undefined
  if (full === undefined) throw new TlogError('tile-missing', `no file ${tilePath(tile)}`)
  return cutTile(full, tile, TILE_WIDTH)
}

function cutTile(bytes: Buffer, tile: Tile, width: number): Buffer {
  if (tile.level === 'entries') {
    const leaves = decodeEntries(bytes, width).slice(0, tile.width)
    return bytes.subarray(
      0,
      leaves.reduce((length, leaf) => length + 2 + leaf.length, 0),
    )
  }
  if (bytes.length !== width * HASH_BYTES) {
    throw new TlogError('malformed', `${tilePath(tile)}: not of the length its width has`)
  }
  return bytes.subarray(0, tile.width * HASH_BYTES)
}

/**
 * Reads hashes of the tree of `size` leaves from its tiles, each tile once a call. It takes the tiles at their word:
 * what is made of them is checked against a signed root.
 */
export function tileHashReader(readTile: ReadTile, size: number): HashReader {
  return async (subtrees) => {
    const files = new Map<string, Promise<Buffer>>()
    const fetchOnce = (tile: Tile) => {
      const path = tilePath(tile)
      const file = files.get(path) ?? fetchTile(readTile, tile)
      files.set(path, file)
      return file
    }
    return Promise.all(subtrees.map((subtree) => hashFromTile(fetchOnce, subtree, size)))
  }
}

/** The hash of a subtree: that of one of a tile's hashes, or of the 2 to 128 of them that it stands above. */
async function hashFromTile(
  fetch: (tile: Tile) => Promise<Buffer>,
  subtree: Subtree,
  size: number,
): Promise<Buffer> {
  const level = Math.floor(subtree.level / TILE_HEIGHT)
  const count = 2 ** (subtree.level % TILE_HEIGHT)
  const first = subtree.index * count
  const index = Math.floor(first / TILE_WIDTH)
  const width = Math.min(TILE_WIDTH, hashesAtLevel(size, level) - index * TILE_WIDTH)
  const offset = first - index * TILE_WIDTH
  if (offset + count > width) throw new RangeError('no such subtree in this tree')
  const hashes = await fetch({ level, index, width })
  const subtreeEdge = new Frontier()
  for (let i = offset; i < offset + count; i += 1) {
    subtreeEdge.append(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
  }
  return subtreeEdge.root()
}
