import { cosignedAt } from './tlog/cosignature.ts'
import { TlogError, type TlogFault } from './tlog/errors.ts'
import { hashLeaf, MAX_LEAF_BYTES } from './tlog/merkle.ts'
import { checkTlogProof, parseTlogProof } from './tlog/tlog-proof.ts'
import type { TrustedKeys } from './trusted-keys.ts'

/** What a proof proves: that these bytes are in the log at this place, since the tree had this size. */
export type CheckedProof = {
  readonly origin: string
  readonly size: number
  readonly index: number
  readonly entry: Buffer
  /** Witnesses that are trusted and have cosigned, each with its time in seconds since 1970. */
  readonly cosignatures: readonly { readonly witness: string; readonly at: number }[]
}

/**
 * Checks the file of a proof, without database and network, of `entry` or of the one that the file brings along: that
 * line is not signed, but the bytes it holds must lead to the signed root. Returns what is wrong with it instead.
 */
export function checkProof(
  file: string,
  { log, witnesses }: TrustedKeys,
  entry?: Buffer,
): CheckedProof | TlogFault | 'no-entry' {
  try {
    const proof = parseTlogProof(file)
    const proved = entry ?? proof.extra
    if (proved === undefined) return 'no-entry'
    if (proved.length > MAX_LEAF_BYTES) return 'malformed'
    const { checkpoint, cosignatures } = checkTlogProof(proof, hashLeaf(proved), log, witnesses)
    return {
      origin: checkpoint.origin,
      size: checkpoint.size,
      index: proof.index,
      entry: proved,
      cosignatures: cosignatures.map((line) => ({ witness: line.name, at: cosignedAt(line) })),
    }
  } catch (error) {
    if (error instanceof TlogError) return error.fault
    throw error
  }
}
