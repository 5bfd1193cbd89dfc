import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import { faultPoint } from '../platform/fault-points.ts'
import { MINUTE } from '../platform/units.ts'
import { type Cosigners, connectCosigners } from './cosigners.ts'
import { readTree } from './integrate-store.ts'
import type { OwnLog } from './log-key.ts'
import { findLastCheckpoint, findLastSigning, insertCheckpoint, insertSigning } from './publish-store.ts'
import { growTiles, openEdge } from './published-tree.ts'
import { readSignedHead, writeSignedHead } from './signed-head.ts'
import { SigningRefused } from './signing-refused.ts'
import type { TileFiles } from './tile-files.ts'
import { formatCheckpoint, parseCheckpoint, signCheckpoint, type TreeHead } from './tlog/checkpoint.ts'
import { TlogError } from './tlog/errors.ts'
import { EMPTY_ROOT } from './tlog/merkle.ts'
import { formatNote, parseNote } from './tlog/note.ts'
import { proveConsistency } from './tlog/proof.ts'
import { tileHashReader } from './tlog/tile.ts'
import { TileEdge } from './tlog/tile-edge.ts'
import type { WitnessedHead } from './tlog/witness-protocol.ts'

export type PublishDeps = {
  /** As the integrator's login. */
  readonly db: Database
  readonly log: OwnLog
  readonly keysDirectory: string
  readonly files: TileFiles
  readonly witnesses: readonly { readonly url: string; readonly vkey: string }[]
  readonly clock: Clock
}

export type Publication = {
  /**
   * Publishes the tree when it has grown, when a witness that was missing may be asked again, and at least every hour.
   * Returns the checkpoint, undefined when there was nothing to do. Throws `SigningRefused`; after a witness is the
   * reason, always. Rows: `audit_signing`, `audit_checkpoint`. Files: tiles, `log-signed`, `checkpoint`.
   */
  publishOnce(): Promise<string | undefined>
  readLag: () => ReturnType<Cosigners['readLag']>
}

/** "At least hourly", with some room. */
const RENEW_AFTER_MS = 50 * MINUTE

/** What was signed before, by both memories. */
type Memory = {
  readonly last: WitnessedHead
  readonly inTable?: WitnessedHead
  readonly inFile?: WitnessedHead
}
type Published = { readonly text: string; readonly atMs: number; readonly cosignatures: number }

/** Publishes for one process, the leader. It reads nothing and asks nobody yet. Throws `invalid-settings`. */
export function createPublication(deps: PublishDeps): Publication {
  const { db, log, files, clock } = deps
  const cosigners = connectCosigners({
    log,
    witnesses: deps.witnesses,
    rewriteTiles,
    proveConsistency: async (oldSize, head) => {
      const prove = () => proveConsistency(tileHashReader(files.readTile, head.size), oldSize, head.size)
      try {
        return await prove()
      } catch (error) {
        if (!(error instanceof TlogError)) throw error
        await rewriteTiles(head)
        return prove()
      }
    },
  })
  let rewriting: Promise<TileEdge> | undefined
  let treeSize = 0
  /** The right edge of what was published; undefined when it must be read from the files. */
  let edge: TileEdge | undefined
  let published: Published | undefined
  let incident: SigningRefused | undefined

  /** Witnesses that find the same damage wait for one mending: each file has one writer. */
  async function rewriteTiles(head: WitnessedHead): Promise<void> {
    rewriting ??= growTiles(deps, new TileEdge(), head).finally(() => {
      rewriting = undefined
    })
    await rewriting
  }
  function isDue(tree: WitnessedHead): boolean {
    if (published === undefined || isOld(published)) return tree.size > 0
    return published.text !== textOf(tree) || cosigners.isDue(tree.size)
  }
  function textOf({ size, root }: WitnessedHead): string {
    return formatCheckpoint({ origin: log.origin, size, root })
  }
  function isOld({ atMs }: Published): boolean {
    // A clock that was set back must not silence the log.
    return Math.abs(clock.now().getTime() - atMs) >= RENEW_AFTER_MS
  }

  async function publish(): Promise<string | undefined> {
    const tree = await readTree(db)
    treeSize = tree.size
    if (!isDue(tree)) return undefined
    if (published === undefined) await assertOwnLog(deps)
    const memory = await recall(deps)
    assertNotRewound(tree, memory.last)
    if (edge?.size !== memory.last.size) edge = await openEdge(deps, memory.last)
    await cosigners.check(memory.last)
    faultPoint('publish.checked')
    edge = await growTiles(deps, edge, tree)
    faultPoint('publish.tiled')
    const head = { origin: log.origin, size: tree.size, root: tree.root }
    const signed = await recordThenSign(deps, head, memory)
    return offer(signed, head)
  }

  /** Collects the cosignatures and publishes, unless it would say what was said. */
  async function offer(signed: string, head: TreeHead): Promise<string | undefined> {
    const { text, signatures } = parseNote(signed)
    const before = published?.text === text && !isOld(published) ? published : undefined
    const cosignatures = await cosigners.collect(signed, head, before === undefined)
    faultPoint('publish.cosigned')
    if (before && cosignatures.length <= before.cosignatures) return undefined
    const checkpoint = formatNote({ text, signatures: [...signatures, ...cosignatures] })
    await insertCheckpoint(db, head.size, checkpoint)
    faultPoint('publish.noted')
    await files.writeCheckpoint(checkpoint)
    faultPoint('publish.published')
    published = { text, atMs: clock.now().getTime(), cosignatures: cosignatures.length }
    return checkpoint
  }

  return {
    readLag: () => cosigners.readLag(treeSize),
    publishOnce: async () => {
      if (incident) throw incident
      try {
        return await publish()
      } catch (error) {
        // What the files hold is in doubt.
        edge = undefined
        if (error instanceof SigningRefused && error.isForGood) incident = error
        throw error
      }
    },
  }
}

/** The head that was signed last: the larger of two memories, of which a restored backup takes back one. */
async function recall({ db, keysDirectory, log }: PublishDeps): Promise<Memory> {
  const inFile = readSignedHead(keysDirectory, log.origin)
  const inTable = await findLastSigning(db)
  if (inFile && inTable && inFile.size === inTable.size && !inFile.root.equals(inTable.root)) {
    throw new SigningRefused('other-root', { 'tree.size': inTable.size })
  }
  const last = (inFile?.size ?? 0) > (inTable?.size ?? 0) ? inFile : inTable
  return {
    last: last ?? { size: 0, root: EMPTY_ROOT },
    ...(inTable && { inTable }),
    ...(inFile && { inFile }),
  }
}

function assertNotRewound(tree: WitnessedHead, last: WitnessedHead): void {
  const fields = { 'tree.size': tree.size, 'tree.signed_size': last.size }
  if (tree.size < last.size) throw new SigningRefused('smaller', fields)
  if (tree.size === last.size && !tree.root.equals(last.root)) throw new SigningRefused('other-root', fields)
}

/**
 * A key that was lost is made anew under another name: what it signs would be another log, of the same events. Somebody
 * may want that, and then says so: a log that the settings name may follow another one.
 */
async function assertOwnLog({ db, log }: PublishDeps): Promise<void> {
  const last = await findLastCheckpoint(db)
  const origin = last && parseCheckpoint(parseNote(last.note).text).origin
  if (origin !== undefined && origin !== log.origin && !log.isNamed) throw new SigningRefused('other-log')
}

/** Both memories hold the head before the key signs it: it will never sign another one of this size, or a smaller one. */
async function recordThenSign(
  { db, log, keysDirectory }: PublishDeps,
  head: TreeHead,
  memory: Memory,
): Promise<string> {
  if (memory.inTable?.size !== head.size && !(await insertSigning(db, head))) {
    throw new Error('another process has signed meanwhile')
  }
  faultPoint('publish.recorded')
  if (memory.inFile?.size !== head.size) await writeSignedHead(keysDirectory, head)
  faultPoint('publish.remembered')
  const signed = signCheckpoint(head, log.signers)
  faultPoint('publish.signed')
  return signed
}
