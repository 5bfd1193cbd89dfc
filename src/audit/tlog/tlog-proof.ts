import { type LogIdentity, type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts'
import { decodeBase64, decodeHash, parseDecimal } from './encoding.ts'
import { TlogError } from './errors.ts'
import type { Verifier } from './note.ts'
import { checkInclusion } from './proof.ts'

/** The first line of a proof: c2sp.org/tlog-proof, format version 1. */
const HEADER = 'c2sp.org/tlog-proof@v1'

/** That an entry is in a log, for anybody to check offline (C2SP tlog-proof, "Format"). Its files end in `.tlog-proof`. */
export type TlogProof = {
  /** Whatever helps a reader. Nothing authenticates it. */
  readonly extra?: Buffer
  /** The entry's place in the log, from 0. */
  readonly index: number
  /** RFC 6962 §2.1.1: the leaf's sibling first. */
  readonly path: readonly Buffer[]
  /** The signed checkpoint, with its cosignatures, as it was published. */
  readonly checkpoint: string
}

export function formatTlogProof({ extra, index, path, checkpoint }: TlogProof): string {
  const head = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${extra.toString('base64')}`]),
    `index ${index}`,
    ...path.map((hash) => hash.toString('base64')),
  ]
  return `${head.join('\n')}\n\n${checkpoint}`
}

/** Reads a proof without checking it. Throws `malformed`. */
export function parseTlogProof(text: string): TlogProof {
  const end = text.indexOf('\n\n')
  const lines = text.slice(0, Math.max(end, 0)).split('\n')
  const header = lines.shift()
  const extra = lines[0]?.startsWith('extra ') ? lines.shift() : undefined
  const index = lines.shift()
  if (header !== HEADER || extra === 'extra ' || !index?.startsWith('index ')) {
    throw new TlogError('malformed', 'proof: not a tlog-proof')
  }
  return {
    ...(extra === undefined ? {} : { extra: decodeBase64(extra.slice('extra '.length), 'proof extra') }),
    index: parseDecimal(index.slice('index '.length), 'proof index'),
    path: lines.map((line) => decodeHash(line, 'proof path')),
    checkpoint: text.slice(end + 2),
  }
}

/**
 * Checks that the log holds the leaf (C2SP tlog-proof, "Verifying a tlog proof"); how many of `witnesses` must have
 * cosigned is the caller's to say. Throws `malformed`, `bad-signature`, `unsigned`, `wrong-origin`, `not-included`.
 */
export function checkTlogProof(
  proof: TlogProof,
  leafHash: Buffer,
  log: LogIdentity,
  witnesses: readonly Verifier[] = [],
): OpenedCheckpoint {
  const opened = openCheckpoint(proof.checkpoint, log, witnesses)
  const { size, root } = opened.checkpoint
  if (!checkInclusion(proof.path, { index: proof.index, leafHash, size, root })) {
    throw new TlogError('not-included', 'proof: does not lead from this entry to the signed root')
  }
  return opened
}
