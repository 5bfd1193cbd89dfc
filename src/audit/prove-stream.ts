import type { Id } from '../observability/id.ts'
import { type Database, inSnapshot, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { KeyRing } from '../platform/key-ring.ts'
import type { StreamProof } from './contract.ts'
import { type DisclosedMembers, discloseMembers } from './disclose.ts'
import { decodeLeaf } from './leaf.ts'
import { proveEntry } from './prove.ts'
import { findLastSeq, listStreamEntries, type StreamEntryRow } from './prove-stream-store.ts'
import { rememberTiles } from './remember-tiles.ts'
import type { TileFiles } from './tile-files.ts'
import { parseCheckpoint } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'
import { parseNote } from './tlog/note.ts'

export type StreamProofDeps = {
  readonly db: Database
  readonly master: KeyRing
  readonly files: Pick<TileFiles, 'readTile' | 'readCheckpoint'>
  /** Verifier keys of the log and of its witnesses. */
  readonly vkeys: readonly string[]
  readonly witnesses: readonly string[]
}

/** Of one answer; a whole exam is exported instead. */
const MOST_EVENTS = 5_000

/**
 * Gathers what shows whether a stream is whole and in the published log, with its sealed members opened: for whoever may
 * open them. Judges nothing, so that what was altered is told as it lies. Throws `not-found`, `query-too-wide`.
 */
export async function proveStream(deps: StreamProofDeps, streamRef: Id): Promise<StreamProof> {
  // First the checkpoint: a tree that has grown since holds more, and never less.
  const checkpoint = await deps.files.readCheckpoint()
  const size = checkpoint === undefined ? 0 : sizeOf(checkpoint)
  const stored = await inSnapshot(deps.db, (tx) => readStored(deps, tx, streamRef))
  const readTile = rememberTiles(deps.files.readTile)
  const entries: StreamProof['entries'] = []
  for (const { eventId, leaf, quarantine, index } of stored.rows) {
    const isPublished = checkpoint !== undefined && index !== null && index < size
    entries.push({
      eventId,
      leaf: leaf?.toString('base64') ?? null,
      quarantine: quarantine?.toString('base64') ?? null,
      index,
      path: isPublished ? await findPath({ readTile, checkpoint, size }, index) : null,
      disclosed: stored.disclosed.get(eventId) ?? {},
    })
  }
  return {
    streamRef,
    lastSeq: stored.lastSeq,
    earlier: stored.rows.filter(({ leaf }) => leaf === null).length,
    checkpoint: checkpoint ?? null,
    vkeys: [...deps.vkeys],
    witnesses: [...deps.witnesses],
    entries,
  }
}

type Stored = {
  readonly lastSeq: number
  readonly rows: readonly StreamEntryRow[]
  readonly disclosed: ReadonlyMap<string, DisclosedMembers>
}

async function readStored({ master }: StreamProofDeps, tx: Tx, streamRef: Id): Promise<Stored> {
  const lastSeq = await findLastSeq(tx, streamRef)
  if (lastSeq === undefined) throw new AppError('not-found', { title: 'There is no such stream of events.' })
  const rows = await listStreamEntries(tx, streamRef, MOST_EVENTS + 1)
  if (rows.length > MOST_EVENTS) {
    throw new AppError('query-too-wide', {
      title: 'This stream is too long for one answer: use "paraph audit export".',
    })
  }
  return { lastSeq, rows, disclosed: await discloseMembers(tx, master, rows.filter(isReadable)) }
}

/** Of bytes that are no event any more, nothing can be opened; their proof says what they are. */
function isReadable({ leaf }: StreamEntryRow): boolean {
  try {
    return leaf !== null && decodeLeaf(leaf).sealed !== undefined
  } catch {
    return false
  }
}

/** 0 for a file that is no checkpoint, which its reader will find. */
function sizeOf(checkpoint: string): number {
  return orNothing(() => parseCheckpoint(parseNote(checkpoint).text).size) ?? 0
}

async function findPath(published: Parameters<typeof proveEntry>[0], index: number) {
  try {
    const { path } = await proveEntry(published, index)
    return path.map((hash) => hash.toString('base64'))
  } catch (error) {
    if (error instanceof TlogError) return null
    throw error
  }
}

function orNothing<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof TlogError) return undefined
    throw error
  }
}
