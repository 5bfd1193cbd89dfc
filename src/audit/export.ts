import { type Database, inSnapshot, type Tx } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import type { Keys } from '../platform/keys.ts'
import { type GrowingFile, writeBundle } from './bundle-writer.ts'
import { describeActions } from './describe-actions.ts'
import { type DisclosedMembers, discloseMembers } from './disclose.ts'
import {
  countSelected,
  type ExportedRow,
  listSelectedStreams,
  readSelected,
  type Selection,
} from './export-store.ts'
import { proveEntry } from './prove.ts'
import { rememberTiles } from './remember-tiles.ts'
import type { TileFiles } from './tile-files.ts'
import { type LogIdentity, openCheckpoint } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'
import { Frontier, hashLeaf } from './tlog/merkle.ts'
import { checkInclusion } from './tlog/proof.ts'
import type { ReadTile } from './tlog/tile.ts'
import { formatTlogProof } from './tlog/tlog-proof.ts'
import { buildVerificationPage } from './verification-page.ts'

export type ExportDeps = {
  /** As the application's login. */
  readonly db: Database
  readonly log: LogIdentity & { readonly vkeys: readonly string[] }
  /** Verifier keys of the witnesses. */
  readonly witnesses: readonly string[]
  readonly files: Pick<TileFiles, 'readTile' | 'readCheckpoint'>
  /** Notes, before anything is written, that the log is read. */
  readonly recordExport: (events: number) => Promise<void>
  readonly onProgress?: (events: number, of: number) => void
}

export type ExportCommand = {
  readonly selection: Selection
  readonly directory: string
  /** Shows what is sealed, with what proves it, to whoever reads the bundle. */
  readonly disclose?: { readonly keys: Pick<Keys, 'master'> } | undefined
}

export type Exported = {
  readonly events: number
  /** Selected events that no published tree holds yet. */
  readonly notPublished: number
  readonly size: number
  readonly streams: number
}

/**
 * Writes a bundle that anybody can check without us: the events, the proof of each, the signed checkpoint, the keys,
 * what actions may say, and a page that verifies it all. Of the whole log the events are the proof, since they give its
 * root. Throws `not-found`, `checkpoint-unusable`, `log-damaged`,
 * `file-not-written`. Event: what `recordExport` appends.
 */
export async function exportLog(deps: ExportDeps, command: ExportCommand): Promise<Exported> {
  const published = await openPublished(deps)
  const { head } = published
  const counts = await countSelected(deps.db, command.selection, head.size)
  if (counts.events + counts.notPublished === 0) {
    throw new AppError('not-found', { title: 'There is no event to export.' })
  }
  await deps.recordExport(counts.events)
  return inSnapshot(deps.db, async (tx) => {
    const streams = await listSelectedStreams(tx, command.selection)
    const isComplete = command.selection === 'all'
    await writeBundle(command.directory, async (bundle) => {
      await bundle.write('checkpoint', published.checkpoint)
      await bundle.write('bundle.json', toJson({ v: 1, complete: isComplete, ...counts, streams }))
      const { origin, vkeys } = deps.log
      await bundle.write('keys.json', toJson({ origin, vkeys, witnesses: deps.witnesses }))
      await bundle.write('actions.json', toJson(describeActions()))
      await bundle.write('verify.html', buildVerificationPage())
      const prove = isComplete ? undefined : createProver(published, bundle.write)
      let done = 0
      const onLines = (count: number) => {
        done += count
        deps.onProgress?.(done, counts.events)
      }
      await bundle.grow('events.jsonl', (file) => writeEvents(tx, command, { head, prove, onLines }, file))
    })
    return { ...counts, size: head.size, streams: streams.length }
  })
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

type Published = {
  readonly checkpoint: string
  readonly head: { readonly size: number; readonly root: Buffer }
  readonly readTile: ReadTile
}

async function openPublished({ files, log }: ExportDeps): Promise<Published> {
  const checkpoint = await files.readCheckpoint()
  try {
    if (checkpoint !== undefined) {
      const head = openCheckpoint(checkpoint, log).checkpoint
      return { checkpoint, head, readTile: rememberTiles(files.readTile) }
    }
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
  }
  throw new AppError('checkpoint-unusable', {
    title: 'There is no published checkpoint that the key of this log signed: start Paraph first.',
  })
}

type Prover = (index: number, leafHash: Buffer) => Promise<void>

/** Writes the proof of an entry. Throws `log-damaged` when the published files do not hold it. */
function createProver(published: Published, write: (name: string, text: string) => Promise<void>): Prover {
  const { checkpoint, readTile, head } = published
  return async (index, leafHash) => {
    const proof = await orDamaged(() => proveEntry({ readTile, checkpoint, size: head.size }, index))
    if (!checkInclusion(proof.path, { index, leafHash, ...head })) throw damaged()
    await write(`proofs/${index}.tlog-proof`, formatTlogProof(proof))
  }
}

/** Writes one line for each entry. Throws `log-damaged` for a log that is not the published one. */
async function writeEvents(
  tx: Tx,
  { selection, disclose }: ExportCommand,
  {
    head,
    prove,
    onLines,
  }: { head: Published['head']; prove?: Prover | undefined; onLines: (count: number) => void },
  file: GrowingFile,
): Promise<void> {
  const tree = new Frontier()
  for await (const rows of readSelected(tx, selection, head.size)) {
    const disclosed = disclose ? await discloseMembers(tx, disclose.keys.master, rows) : undefined
    const lines: string[] = []
    for (const row of rows) {
      const entry = row.quarantine ?? row.leaf
      if (entry === null) throw damaged()
      const leafHash = hashLeaf(entry)
      tree.append(leafHash)
      await prove?.(row.index, leafHash)
      lines.push(formatLine(row, entry, disclosed?.get(row.eventId)))
    }
    await file.append(lines.join(''))
    onLines(lines.length)
  }
  const isPublished = tree.size === head.size && tree.root().equals(head.root)
  if (prove === undefined && !isPublished) throw damaged()
}

/** The entry in base64, and as it reads. */
function formatLine(row: ExportedRow, entry: Buffer, disclosed: DisclosedMembers | undefined): string {
  const kind = row.quarantine === null ? 'event' : 'quarantine'
  const shown = disclosed ? `,"disclosed":${JSON.stringify(disclosed)}` : ''
  return `{"index":${row.index},"leaf":"${entry.toString('base64')}","${kind}":${entry.toString()}${shown}}\n`
}

async function orDamaged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof TlogError) throw damaged(cause)
    throw cause
  }
}

function damaged(cause?: unknown): AppError {
  return new AppError('log-damaged', {
    title: 'The audit log is not what was published of it: find out with "paraph audit verify".',
    cause,
  })
}
