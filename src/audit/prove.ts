import type { Database } from '../platform/database.ts'
import { type EventName, findPlacedEvent } from './prove-store.ts'
import type { TileFiles } from './tile-files.ts'
import { type LogIdentity, openCheckpoint } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'
import { hashLeaf } from './tlog/merkle.ts'
import { proveInclusion } from './tlog/proof.ts'
import { type ReadTile, tileHashReader } from './tlog/tile.ts'
import { checkTlogProof, formatTlogProof, type TlogProof } from './tlog/tlog-proof.ts'

export type ProofDeps = {
  readonly db: Database
  readonly log: LogIdentity
  /** The published log. */
  readonly files: Pick<TileFiles, 'readTile' | 'readCheckpoint'>
}

/** Why there is no proof of an event. */
export const UNPROVED = [
  'no-such-event',
  /** It is from before there were leaves, and never will be in the tree. */
  'earlier',
  /** It waits: published trees hold it in a moment. */
  'not-in-tree',
  'not-published',
  /** The published files do not hold it as the table does. */
  'disproved',
] as const
export type Unproved = (typeof UNPROVED)[number]

/** The bytes that are proved to be in the log, and the file that proves it. */
export type ProvedEvent = { readonly index: number; readonly entry: Buffer; readonly file: string }

/**
 * Proves that an event is in the log, by the checkpoint that was published last, as a file for anybody to check offline
 * (C2SP tlog-proof). Its extra line carries the event itself. Throws what opening the checkpoint throws (`TlogError`).
 */
export async function proveEvent(deps: ProofDeps, name: EventName): Promise<ProvedEvent | Unproved> {
  const event = await findPlacedEvent(deps.db, name)
  if (event === undefined) return 'no-such-event'
  const entry = event.quarantine ?? event.leaf
  if (entry === null) return 'earlier'
  if (event.index === null) return 'not-in-tree'
  const checkpoint = await deps.files.readCheckpoint()
  if (checkpoint === undefined) return 'not-published'
  const { size } = openCheckpoint(checkpoint, deps.log).checkpoint
  if (event.index >= size) return 'not-published'
  try {
    const proof = await proveEntry({ ...deps.files, checkpoint, size }, event.index)
    checkTlogProof(proof, hashLeaf(entry), deps.log)
    return { index: event.index, entry, file: formatTlogProof({ ...proof, extra: entry }) }
  } catch (error) {
    if (error instanceof TlogError) return 'disproved'
    throw error
  }
}

/** The proof of an entry out of the published tiles, taken at their word. Throws `tile-missing`, `malformed`. */
export async function proveEntry(
  published: { readonly readTile: ReadTile; readonly checkpoint: string; readonly size: number },
  index: number,
): Promise<TlogProof> {
  const { readTile, checkpoint, size } = published
  return { index, path: await proveInclusion(tileHashReader(readTile, size), index, size), checkpoint }
}
