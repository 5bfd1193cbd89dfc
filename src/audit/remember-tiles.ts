import type { ReadTile } from './tlog/tile.ts'

const REMEMBERED = 64

/** Keeps the tiles that were read last: proofs of neighbours are made of the same ones. */
export function rememberTiles(readTile: ReadTile): ReadTile {
  const files = new Map<string, ReturnType<ReadTile>>()
  return (path) => {
    const file = files.get(path) ?? readTile(path)
    files.delete(path)
    files.set(path, file)
    const [oldest] = files.keys()
    if (files.size > REMEMBERED && oldest !== undefined) files.delete(oldest)
    return file
  }
}
