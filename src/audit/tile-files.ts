import { mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { flushFolder, replaceFile, writeDurably } from '../platform/durable-file.ts'
import { allSettled } from '../platform/settled.ts'
import { HASH_BYTES } from './tlog/merkle.ts'
import { newTiles, type ReadTile, TILE_WIDTH, type Tile, tilePath } from './tlog/tile.ts'
import type { TileFile } from './tlog/tile-edge.ts'

/** The folder of a published log: `checkpoint` and `tile/…`, in the layout of C2SP tlog-tiles. */
export type TileFiles = {
  readonly readTile: ReadTile
  /**
   * Writes files (0600 in folders of 0700), each whole or not at all; once it resolves they are durable. What is there
   * already, and the same, is left. Throws the error of the system.
   */
  write(files: readonly TileFile[]): Promise<void>
  /** Removes the partial tiles in the place of full ones: who looks for one takes the full tile. */
  removePartials(full: readonly Tile[]): Promise<void>
  /** Whether every file that a tree of `size` leaves needs is there, and as long as it must be. */
  isComplete(size: number): Promise<boolean>
  readCheckpoint(): Promise<string | undefined>
  /** Replaces the checkpoint, durably. */
  writeCheckpoint(note: string): Promise<void>
}

const CHECKPOINT = 'checkpoint'
/** Files that are looked at together. */
const AT_ONCE = 64

export function openTileFiles(directory: string): TileFiles {
  const pathOf = (tile: Tile) => join(directory, tilePath(tile))
  const read = (path: string) => ifThere(readFile(join(directory, path)))

  async function writeOne({ tile, bytes }: TileFile, touched: Set<string>): Promise<void> {
    const path = pathOf(tile)
    await makeFolder(dirname(path), touched)
    const there = await ifThere(readFile(path))
    if (!there?.equals(bytes)) await replaceFile(path, bytes)
    touched.add(dirname(path))
  }
  async function lengthOf(tile: Tile): Promise<number | undefined> {
    return (await ifThere(stat(pathOf(tile))))?.size
  }
  async function isThere(tile: Tile): Promise<boolean> {
    const full = { ...tile, width: TILE_WIDTH }
    return fits(tile, await lengthOf(tile)) || (tile.width < TILE_WIDTH && fits(full, await lengthOf(full)))
  }

  return {
    readTile: read,
    write: async (files) => {
      const touched = new Set<string>()
      await allSettled(files.map((file) => writeOne(file, touched)))
      await allSettled([...touched].map(flushFolder))
    },
    removePartials: async (full) => {
      await allSettled(full.map((tile) => rm(`${pathOf(tile)}.p`, { recursive: true, force: true })))
    },
    isComplete: async (size) => {
      let some: Promise<boolean>[] = []
      for (const tile of newTiles(0, size)) {
        some.push(isThere(tile))
        if (some.length < AT_ONCE) continue
        if ((await allSettled(some)).includes(false)) return false
        some = []
      }
      return !(await allSettled(some)).includes(false)
    },
    readCheckpoint: async () => (await read(CHECKPOINT))?.toString(),
    writeCheckpoint: (note) => writeDurably(join(directory, CHECKPOINT), note),
  }
}

/** How long a bundle is, its entries say; each has two bytes at least. */
function fits({ level, width }: Tile, length: number | undefined): boolean {
  if (length === undefined) return false
  return level === 'entries' ? length >= 2 * width : length === HASH_BYTES * width
}

/** Notes the folders whose names are new, from the one that was there before downwards. */
async function makeFolder(folder: string, touched: Set<string>): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) touched.add(dirname(made))
}

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
