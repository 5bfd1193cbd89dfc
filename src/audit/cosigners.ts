import { log } from '../observability/log.ts'
import type { Reading } from '../observability/metrics.ts'
import { allSettled } from '../platform/settled.ts'
import { MINUTE, SECOND } from '../platform/units.ts'
import { readWitnessLag } from './publish-metrics.ts'
import { SigningRefused } from './signing-refused.ts'
import type { LogIdentity } from './tlog/checkpoint.ts'
import { type NoteSignature, parseNote } from './tlog/note.ts'
import { checkConsistency } from './tlog/proof.ts'
import type { WitnessedHead } from './tlog/witness-protocol.ts'
import {
  askWitness,
  connectWitness,
  type RemoteWitness,
  readLatest,
  type WitnessOutcome,
} from './witness-client.ts'

/** The witnesses of the settings, as the signer of the log deals with them. */
export type Cosigners = {
  /**
   * Compares `head`, the last that was signed, with what each witness cosigned last; a witness is compared once, when
   * it first answers. Throws `SigningRefused`.
   */
  check(head: WitnessedHead): Promise<void>
  /**
   * The cosignatures of a checkpoint: those that were collected before, unless `afresh`, and those of the witnesses
   * that answer now. Who does not is left alone for a while. Throws `SigningRefused`.
   */
  collect(checkpoint: string, head: WitnessedHead, afresh: boolean): Promise<readonly NoteSignature[]>
  /** Whether a witness that has not cosigned the tree of `size` leaves may be asked again. */
  isDue(size: number): boolean
  readLag(size: number): readonly Reading[]
}

export type CosignersDeps = {
  readonly log: LogIdentity
  /** At most eight. */
  readonly witnesses: readonly { readonly url: string; readonly vkey: string }[]
  /** From the published tiles. */
  proveConsistency(oldSize: number, head: WitnessedHead): Promise<readonly Buffer[]>
  /** Makes the published tiles of `head` again, after a proof that leads nowhere. */
  rewriteTiles(head: WitnessedHead): Promise<void>
}

type Cosigner = {
  readonly place: number
  readonly remote: RemoteWitness
  /** Whether what it cosigned last is what we have. */
  isCompared: boolean
  /** Its text is empty when the lines are those of a process before this one. */
  cosigned: { readonly size: number; readonly text: string; readonly lines: readonly NoteSignature[] }
  failures: number
  /** By the clock of the process. */
  askAgainAt: number
}

/** A witness that hangs delays a checkpoint by so much, once in a while. */
const ANSWER_WITHIN_MS = 1 * SECOND
const LONGEST_PAUSE_MS = 5 * MINUTE

/** Throws `invalid-settings` for what is no witness. Asks nobody yet. */
export function connectCosigners(deps: CosignersDeps): Cosigners {
  const cosigners = deps.witnesses.map(({ url, vkey }, place): Cosigner => {
    const remote = connectWitness({ url, vkey, timeoutMs: ANSWER_WITHIN_MS })
    const cosigned = { size: 0, text: '', lines: [] }
    return { place, remote, isCompared: false, cosigned, failures: 0, askAgainAt: 0 }
  })

  async function leadsTo(head: WitnessedHead, { size: oldSize, root: oldRoot }: WitnessedHead) {
    const proof = await deps.proveConsistency(oldSize, head)
    return checkConsistency(proof, { oldSize, oldRoot, ...head })
  }

  /** False when the witness does not answer. */
  async function compare(cosigner: Cosigner, head: WitnessedHead): Promise<boolean> {
    const latest = await readLatest(cosigner.remote, deps.log)
    if (latest.kind === 'unreachable') {
      postpone(cosigner, {}, latest.error)
      return false
    }
    if (latest.kind === 'found') {
      const theirs = { size: latest.checkpoint.size, root: latest.checkpoint.root }
      const fields = { 'witness.place': cosigner.place, 'witness.size': theirs.size, 'tree.size': head.size }
      // What is signed was recorded before, so no witness can know of a larger tree than we remember.
      if (theirs.size > head.size) throw new SigningRefused('witness-ahead', fields)
      if (!(await leadsTo(head, theirs))) {
        await deps.rewriteTiles(head)
        if (!(await leadsTo(head, theirs))) throw new SigningRefused('witness-differs', fields)
      }
      cosigner.cosigned = { size: theirs.size, text: '', lines: [] }
    }
    cosigner.isCompared = true
    return true
  }

  async function cosign(cosigner: Cosigner, checkpoint: string, head: WitnessedHead): Promise<void> {
    if (!cosigner.isCompared && !(await compare(cosigner, head))) return
    const outcome = await askWitness(cosigner.remote, {
      checkpoint,
      proveConsistency: (oldSize) => deps.proveConsistency(oldSize, head),
    })
    if (outcome.kind === 'cosigned') {
      const { text } = parseNote(checkpoint)
      cosigner.cosigned = { size: head.size, text, lines: outcome.cosignatures }
      cosigner.failures = 0
      return
    }
    // It may have cosigned a tree that is not ours, since we compared.
    if (isContradiction(outcome) && !(await compare(cosigner, head))) return
    if (outcome.kind === 'unreachable') postpone(cosigner, {}, outcome.error)
    else postpone(cosigner, outcome.kind === 'refused' ? { 'http.response.status_code': outcome.status } : {})
  }

  return {
    check: async (head) => {
      const strangers = cosigners.filter((cosigner) => !cosigner.isCompared && mayAsk(cosigner))
      await allSettled(strangers.map((cosigner) => compare(cosigner, head)))
    },
    collect: async (checkpoint, head, afresh) => {
      const { text } = parseNote(checkpoint)
      const asked = cosigners.filter((one) => mayAsk(one) && (afresh || one.cosigned.text !== text))
      await allSettled(asked.map((cosigner) => cosign(cosigner, checkpoint, head)))
      return cosigners.flatMap(({ cosigned }) => (cosigned.text === text ? cosigned.lines : []))
    },
    isDue: (size) =>
      cosigners.some((one) => (one.cosigned.size < size || one.cosigned.text === '') && mayAsk(one)),
    readLag: (size) =>
      cosigners.flatMap(({ place, cosigned }) => readWitnessLag(place, Math.max(size - cosigned.size, 0))),
  }
}

function mayAsk({ askAgainAt }: Cosigner): boolean {
  return performance.now() >= askAgainAt
}

function isContradiction(outcome: WitnessOutcome): boolean {
  return outcome.kind === 'ahead' || (outcome.kind === 'refused' && [409, 422].includes(outcome.status))
}

function postpone(cosigner: Cosigner, fields: { 'http.response.status_code'?: number }, error?: unknown) {
  cosigner.failures += 1
  const pauseMs = Math.min(2 ** cosigner.failures * SECOND, LONGEST_PAUSE_MS)
  cosigner.askAgainAt = performance.now() + pauseMs
  log.audit.warning('audit.witness-failed', { 'witness.place': cosigner.place, ...fields }, error)
}
