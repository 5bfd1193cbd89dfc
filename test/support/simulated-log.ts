import { type LogIdentity, signCheckpoint } from '../../src/audit/tlog/checkpoint.ts'
import { ed25519Signer, ed25519Verifier } from '../../src/audit/tlog/note.ts'
import { ED25519, formatVkey, generateSkey, parseSkey } from '../../src/audit/tlog/note-key.ts'
import { formatAddCheckpoint } from '../../src/audit/tlog/witness-protocol.ts'
import { leavesOf, ReferenceTree } from './reference-tree.ts'

const SIZE = 100

/** A log of 100 leaves, as a witness meets it: what it signs, and what it proves. */
export type SimulatedLog = {
  readonly identity: LogIdentity
  readonly vkey: string
  /** The signed checkpoint of a size; of another history when `isRewritten`. */
  checkpointOf(size: number, isRewritten?: boolean): string
  proveConsistency(oldSize: number, size: number): readonly Buffer[]
  /** The body of `add-checkpoint`. */
  requestOf(oldSize: number, size: number, isRewritten?: boolean): string
}

export function simulateLog(origin = 'example.org/log'): SimulatedLog {
  const key = parseSkey(generateSkey(origin, ED25519))
  const tree = ReferenceTree.ofSize(SIZE)
  const rewritten = new ReferenceTree(leavesOf(SIZE).with(0, Buffer.from('rewritten')))
  const treeOf = (isRewritten: boolean) => (isRewritten ? rewritten : tree)
  const prove = (oldSize: number, size: number, isRewritten = false) =>
    oldSize === 0 || oldSize >= size ? [] : treeOf(isRewritten).consistency(oldSize, size)
  const checkpointOf = (size: number, isRewritten = false) =>
    signCheckpoint({ origin, size, root: treeOf(isRewritten).root(size) }, [ed25519Signer(key)])
  return {
    identity: { origin, verifiers: [ed25519Verifier(key)] },
    vkey: formatVkey(key),
    checkpointOf,
    proveConsistency: prove,
    requestOf: (oldSize, size, isRewritten = false) =>
      formatAddCheckpoint({
        oldSize,
        proof: prove(oldSize, size, isRewritten),
        checkpoint: checkpointOf(size, isRewritten),
      }),
  }
}
