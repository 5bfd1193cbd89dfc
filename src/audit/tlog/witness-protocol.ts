import { hash } from 'node:crypto'
import {
  type Checkpoint,
  type LogIdentity,
  type OpenedCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  type TreeHead,
} from './checkpoint.ts'
import { decodeHash, decodeUtf8, parseDecimal } from './encoding.ts'
import { TlogError } from './errors.ts'
import { EMPTY_ROOT } from './merkle.ts'
import {
  formatNote,
  formatSignature,
  type NoteSignature,
  openNote,
  parseNote,
  type Signer,
  signText,
  type Verifier,
} from './note.ts'
import { checkConsistency } from './proof.ts'

// C2SP tlog-witness v1.0.0. From the text that is to follow it come the checks of what v1.0.0 leaves open: a signature
// in a trusted key's name that it did not make is 403, and a checkpoint of size 0 has the root of the empty tree.

/** The body of `POST <prefix>/add-checkpoint`. */
export type AddCheckpoint = {
  /** The size of the checkpoint that the witness cosigned last, as the log believes. */
  readonly oldSize: number
  /** RFC 6962 §2.1.2, from `oldSize` to the checkpoint. */
  readonly proof: readonly Buffer[]
  /** Signed by the log. */
  readonly checkpoint: string
}

const SIZE_CONTENT_TYPE = 'text/x.tlog.size'
const TEXT_CONTENT_TYPE = 'text/plain; charset=utf-8'
const MAX_PROOF_LINES = 63

export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  const lines = [`old ${oldSize}`, ...proof.map((line) => line.toString('base64'))]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Reads a request without checking what it says. Throws `malformed`. */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  const end = body.indexOf('\n\n')
  const [old, ...proof] = body.slice(0, Math.max(end, 0)).split('\n')
  if (!old?.startsWith('old ') || proof.length > MAX_PROOF_LINES) {
    throw new TlogError('malformed', 'add-checkpoint: not a size, up to 63 hashes and a checkpoint')
  }
  return {
    oldSize: parseDecimal(old.slice('old '.length), 'add-checkpoint size'),
    proof: proof.map((line) => decodeHash(line, 'add-checkpoint proof')),
    checkpoint: body.slice(end + 2),
  }
}

export type WitnessAnswer = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly contentType: string
  readonly body: string
}

export type Witness = { readonly logs: readonly LogIdentity[]; readonly cosigner: Signer }

/** What a witness remembers of a log: the head it cosigned last. */
export type WitnessedHead = Pick<TreeHead, 'size' | 'root'>

export type Decision = {
  readonly answer: WitnessAnswer
  /** With status 200: what must be on disk before the answer leaves. */
  readonly cosigned?: {
    readonly checkpoint: Checkpoint
    /** The checkpoint with the log's signatures and the witness's own. */
    readonly note: string
  }
}

type Submission = OpenedCheckpoint & { readonly request: AddCheckpoint }

/**
 * Decides on a request to cosign. `latestOf` gives the head that was cosigned last for an origin. No other request for
 * that origin may be decided until the outcome is kept: the later one would roll the head back.
 */
export function decideAddCheckpoint(
  witness: Witness,
  latestOf: (origin: string) => WitnessedHead | undefined,
  body: Uint8Array,
): Decision {
  const submission = admit(witness.logs, body)
  if ('answer' in submission) return submission
  const { request, checkpoint, note } = submission
  const latest = latestOf(checkpoint.origin) ?? { size: 0, root: EMPTY_ROOT }
  const refusal = refusalOf(request, checkpoint, latest)
  if (refusal !== undefined) return refusal
  const cosignature = signText(note.text, witness.cosigner)
  return {
    answer: { status: 200, contentType: TEXT_CONTENT_TYPE, body: formatSignature(cosignature) },
    cosigned: {
      checkpoint,
      note: formatNote({ text: note.text, signatures: [...note.signatures, cosignature] }),
    },
  }
}

/** The checks that need no memory: form, log and signature. */
function admit(logs: readonly LogIdentity[], body: Uint8Array): Decision | Submission {
  try {
    const request = parseAddCheckpoint(decodeUtf8(body))
    const { origin } = parseCheckpoint(parseNote(request.checkpoint).text)
    const log = logs.find((known) => known.origin === origin)
    if (log === undefined) return refuse(404, 'unknown log')
    return { request, ...openCheckpoint(request.checkpoint, log) }
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    return error.fault === 'malformed'
      ? refuse(400, 'malformed request')
      : refuse(403, 'not signed by a key of this log')
  }
}

/** The checks that need the witness's memory, in the order of the specification. */
function refusalOf(request: AddCheckpoint, next: Checkpoint, latest: WitnessedHead): Decision | undefined {
  const { oldSize, proof } = request
  if (oldSize > next.size) return refuse(400, 'the old size is larger than the checkpoint')
  if (oldSize !== latest.size) {
    return { answer: { status: 409, contentType: SIZE_CONTENT_TYPE, body: `${latest.size}\n` } }
  }
  if (oldSize === next.size && !next.root.equals(latest.root)) {
    return refuse(409, 'another root for a size that was cosigned')
  }
  const claim = { oldSize, oldRoot: latest.root, size: next.size, root: next.root }
  return checkConsistency(proof, claim) ? undefined : refuse(422, 'not consistent with what was cosigned')
}

function refuse(status: 400 | 403 | 404 | 409 | 422, reason: string): Decision {
  return { answer: { status, contentType: TEXT_CONTENT_TYPE, body: `${reason}\n` } }
}

export type WitnessVerdict =
  | { readonly kind: 'cosigned'; readonly cosignatures: readonly NoteSignature[] }
  /** The size it cosigned last. With a proof from there it can be asked again; a log that is smaller was rolled back. */
  | { readonly kind: 'other-size'; readonly size: number }
  | { readonly kind: 'refused'; readonly status: number }

/**
 * What an answer to `add-checkpoint` means to the log that asked with a checkpoint of this text.
 * Throws `malformed`, `bad-signature`, `unsigned` for an answer that is not one.
 */
export function readWitnessAnswer(
  answer: { readonly status: number; readonly contentType: string; readonly body: string },
  text: string,
  verifiers: readonly Verifier[],
): WitnessVerdict {
  const [mediaType] = answer.contentType.split(';')
  if (answer.status === 200) {
    return { kind: 'cosigned', cosignatures: openNote(`${text}\n${answer.body}`, verifiers).signatures }
  }
  if (answer.status === 409 && mediaType?.trim().toLowerCase() === SIZE_CONTENT_TYPE) {
    return { kind: 'other-size', size: parseDecimal(answer.body.replace(/\n$/, ''), 'size of a witness') }
  }
  return { kind: 'refused', status: answer.status }
}

/** Below a witness's prefix: the note that it cosigned last for an origin. Of the text that follows v1.0.0. */
export function latestCheckpointPath(origin: string): string {
  return `${hash('sha256', origin)}/checkpoint`
}
