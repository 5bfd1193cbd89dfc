import { log } from '../observability/log.ts'
import type { Database } from '../platform/database.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { listEntries, listLeafHashes } from './integrate-store.ts'
import { SigningRefused } from './signing-refused.ts'
import type { TileFiles } from './tile-files.ts'
import { TlogError } from './tlog/errors.ts'
import { hashLeaf } from './tlog/merkle.ts'
import { decodeEntries, encodeEntries, fetchTile, TILE_WIDTH } from './tlog/tile.ts'
import { TileEdge, type TileFile } from './tlog/tile-edge.ts'
import type { WitnessedHead } from './tlog/witness-protocol.ts'

type PublishedTreeDeps = { readonly db: Database; readonly files: TileFiles }

/** Leaves that are read and written together: whole tiles. */
const AT_ONCE = 16 * TILE_WIDTH

/**
 * The edge of the published tree of a head that was signed. When a file is missing or too short, or the edge does not
 * lead to the signed root, all files are made again from the tables. Throws `SigningRefused` when they lead elsewhere.
 */
export async function openEdge(deps: PublishedTreeDeps, head: WitnessedHead): Promise<TileEdge> {
  const edge = await readEdge(deps.files, head)
  if (edge) return edge
  log.audit.warning('audit.tiles-rewritten', { 'tree.size': head.size })
  return growTiles(deps, new TileEdge(), head)
}

/**
 * Writes the files of the tree from the size of `edge` to that of `head`, and returns its new edge. They are a function
 * of the tables and of nothing else, so that doing it again after a crash makes the same. Throws `SigningRefused`
 * before anything is written when the tree does not grow out of `edge`, and at an entry that is not what was hashed.
 */
export async function growTiles(
  { db, files }: PublishedTreeDeps,
  edge: TileEdge,
  head: WitnessedHead,
): Promise<TileEdge> {
  await assertGrowsTo(db, edge, head)
  const grown = edge.copy()
  const first = Math.floor(edge.size / TILE_WIDTH) * TILE_WIDTH
  for (let start = first; start < head.size; start += AT_ONCE) {
    const end = Math.min(start + AT_ONCE, head.size)
    const news = await listLeafHashes(db, grown.size, end)
    const entries = assertHashed(await listEntries(db, start, end), start, [
      ...grown.lastLeafHashes(),
      ...news,
    ])
    const bundles = bundle(entries, start)
    // Entries first, so that a hash is never there without what it stands for.
    await files.write(bundles)
    faultPoint('publish.bundled')
    const full = news.flatMap((hash) => grown.append(hash))
    await files.write(full)
    faultPoint('publish.filled')
    await files.removePartials([...bundles, ...full].map(({ tile }) => tile).filter(isFull))
  }
  assertIs(grown, head)
  faultPoint('publish.pruned')
  await files.write(grown.partialTiles())
  return grown
}

async function assertGrowsTo(db: Database, edge: TileEdge, head: WitnessedHead): Promise<void> {
  const grown = edge.copy()
  for (let start = edge.size; start < head.size; start += AT_ONCE) {
    const hashes = await listLeafHashes(db, start, Math.min(start + AT_ONCE, head.size))
    for (const hash of hashes) grown.append(hash)
  }
  assertIs(grown, head)
}

function assertIs(edge: TileEdge, { size, root }: WitnessedHead): void {
  if (edge.size !== size || !edge.root().equals(root)) {
    throw new SigningRefused('other-root', { 'tree.size': size })
  }
}

function assertHashed(
  entries: readonly (Buffer | null)[],
  start: number,
  hashes: readonly Buffer[],
): Buffer[] {
  return entries.map((entry, i) => {
    const expected = hashes[i]
    if (entry && expected && hashLeaf(entry).equals(expected)) return entry
    throw new SigningRefused('other-entries', { 'tree.index': start + i })
  })
}

/** Entries from index `start` on, the beginning of a bundle, in their bundles. */
function bundle(entries: readonly Buffer[], start: number): TileFile[] {
  return Array.from({ length: Math.ceil(entries.length / TILE_WIDTH) }, (_, i) => {
    const own = entries.slice(i * TILE_WIDTH, (i + 1) * TILE_WIDTH)
    const tile = { level: 'entries', index: start / TILE_WIDTH + i, width: own.length } as const
    return { tile, bytes: encodeEntries(own) }
  })
}

function isFull({ width }: TileFile['tile']): boolean {
  return width === TILE_WIDTH
}

/** Undefined when something is missing or damaged that can be seen without reading everything. */
async function readEdge(files: TileFiles, head: WitnessedHead): Promise<TileEdge | undefined> {
  if (!(await files.isComplete(head.size))) return undefined
  try {
    const edge = await TileEdge.read(files.readTile, head.size)
    const isIntact = edge.root().equals(head.root) && (await hasLastBundle(files, edge))
    return isIntact ? edge : undefined
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    return undefined
  }
}

async function hasLastBundle(files: TileFiles, edge: TileEdge): Promise<boolean> {
  const hashes = edge.lastLeafHashes()
  const index = Math.floor(edge.size / TILE_WIDTH)
  if (hashes.length === 0) return true
  const bytes = await fetchTile(files.readTile, { level: 'entries', index, width: hashes.length })
  return decodeEntries(bytes, hashes.length).every((entry, i) => hashLeaf(entry).equals(hashes[i] as Buffer))
}
