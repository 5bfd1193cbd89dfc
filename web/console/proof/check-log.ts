import type { LogKeys } from '../../../src/audit/contract.ts'
import { type Bytes, isSame } from './bytes.ts'
import { Fault, type Finding, findingOf } from './fault.ts'
import { hashLeaf, Tree } from './merkle.ts'
import { type Head, parseHead, parseNote } from './note.ts'
import { hasEd25519, type OpenedCheckpoint, openCheckpoint } from './signatures.ts'

const TILE_WIDTH = 256

/** The published files: `checkpoint`, and entry bundles and hash tiles by their paths below `tile/`. */
export type PublishedFiles = {
  readonly keys: LogKeys
  readonly checkpoint: string
  readonly readTile: (path: string, signal?: AbortSignal) => Promise<Bytes>
}

export type LogVerdict = {
  readonly state: 'authentic' | 'false' | 'undecided'
  readonly checkpoint: OpenedCheckpoint | undefined
  readonly entries: number
  /** Entries of the checkpoint that was kept, when the log was found to continue it. */
  readonly continues: number | undefined
  readonly findings: readonly Finding[]
}

type Options = {
  readonly trustedVkey?: string | undefined
  /** A checkpoint that the reader kept: the log must begin with it. */
  readonly kept?: string | undefined
  readonly onProgress?: (entries: number, of: number) => void
  readonly signal?: AbortSignal
}

/**
 * Checks the whole published log: every entry against its published hash, the tree of them against the root that is
 * signed, and that it begins with the checkpoint of an earlier day. Stops at the first entry that is false.
 */
export async function checkLog(files: PublishedFiles, options: Options = {}): Promise<LogVerdict> {
  const findings: Finding[] = []
  const run = async (part: () => Promise<void>) => {
    const finding = await findingOf(part)
    if (finding) findings.push(finding)
  }
  const tree = new Tree()
  let checkpoint: OpenedCheckpoint | undefined
  let continues: number | undefined
  const canSign = await hasEd25519()
  const vkeys = options.trustedVkey ? [options.trustedVkey] : files.keys.vkeys
  await run(async () => {
    const keys = { ...files.keys, vkeys }
    if (canSign) checkpoint = await openCheckpoint(files.checkpoint, keys)
    const head = parseHead(parseNote(files.checkpoint).text)
    const kept = await openKept(options.kept, { keys, canSign, head })
    await appendAll(tree, files, { ...options, head, kept })
    if (!isSame(await tree.root(), head.root)) throw new Fault('other-root')
    continues = kept?.size
  })
  return {
    state: findings.length > 0 ? 'false' : canSign ? 'authentic' : 'undecided',
    checkpoint,
    entries: tree.size,
    continues,
    findings,
  }
}

/** The head that was kept, of the same log and no larger than the log of today. */
async function openKept(
  message: string | undefined,
  of: { readonly keys: LogKeys; readonly canSign: boolean; readonly head: Head },
): Promise<Head | undefined> {
  if (message === undefined) return undefined
  if (of.canSign) await openCheckpoint(message, of.keys)
  const kept = parseHead(parseNote(message).text)
  if (kept.origin !== of.head.origin) throw new Fault('other-log')
  if (kept.size > of.head.size) throw new Fault('not-continued')
  return kept
}

async function appendAll(
  tree: Tree,
  files: PublishedFiles,
  { head, kept, onProgress, signal }: Omit<Options, 'kept'> & { head: Head; kept: Head | undefined },
): Promise<void> {
  const assertKept = async () => {
    if (tree.size === kept?.size && !isSame(await tree.root(), kept.root)) throw new Fault('not-continued')
  }
  await assertKept()
  for (let first = 0; first < head.size; first += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, head.size - first)
    const path = tileNumber(first / TILE_WIDTH, width)
    const [bundle, hashes] = await Promise.all([
      files.readTile(`entries/${path}`, signal),
      files.readTile(`0/${path}`, signal),
    ])
    const entries = splitBundle(bundle, width)
    if (entries === undefined || hashes.length !== width * 32)
      throw new Fault('tile-malformed', { index: first })
    for (const [at, entry] of entries.entries()) {
      const hash = await hashLeaf(entry)
      if (!isSame(hash, hashes.slice(at * 32, at * 32 + 32))) {
        throw new Fault('entry-altered', { index: first + at })
      }
      await tree.append(hash)
      await assertKept()
    }
    onProgress?.(tree.size, head.size)
  }
}

/** `x001/x234/067`, `000.p/17` (C2SP tlog-tiles). */
function tileNumber(index: number, width: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const last = groups.pop() ?? ''
  const number = [...groups.map((group) => `x${group}`), last].join('/')
  return width === TILE_WIDTH ? number : `${number}.p/${width}`
}

/** Each entry stands after its length in 16 bits, big-endian. Undefined unless there are just `width` of them. */
function splitBundle(bundle: Bytes, width: number): readonly Bytes[] | undefined {
  const lengths = new DataView(bundle.buffer, bundle.byteOffset, bundle.length)
  const entries: Bytes[] = []
  let offset = 0
  while (offset + 2 <= bundle.length && entries.length < width) {
    const start = offset + 2
    offset = start + lengths.getUint16(offset)
    entries.push(bundle.slice(start, offset))
  }
  return entries.length === width && offset === bundle.length ? entries : undefined
}
