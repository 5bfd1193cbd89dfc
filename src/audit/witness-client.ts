import { AppError } from '../platform/errors.ts'
import { SECOND } from '../platform/units.ts'
import {
  type LogIdentity,
  type OpenedCheckpoint,
  openCheckpoint,
  parseCheckpoint,
} from './tlog/checkpoint.ts'
import { cosignatureVerifier } from './tlog/cosignature.ts'
import { decodeUtf8 } from './tlog/encoding.ts'
import { TlogError } from './tlog/errors.ts'
import { type NoteSignature, parseNote, type Verifier } from './tlog/note.ts'
import { parseVkey } from './tlog/note-key.ts'
import {
  formatAddCheckpoint,
  latestCheckpointPath,
  readWitnessAnswer,
  type WitnessVerdict,
} from './tlog/witness-protocol.ts'

/** A witness as a log sees it, with what the log remembers of it. */
export type RemoteWitness = {
  /** Where it answers, ending in a slash. */
  readonly prefix: string
  readonly verifier: Verifier
  readonly timeoutMs: number
  /** The size of ours that it cosigned last, as far as we know. */
  knownSize: number
}

/** Whatever prevents an answer, or is an answer that no such witness gives; it can be logged. */
export type Unreachable = { readonly kind: 'unreachable'; readonly error: unknown }

export type WitnessOutcome =
  | { readonly kind: 'cosigned'; readonly cosignatures: readonly NoteSignature[] }
  /** It has cosigned more than we have: this log was put back to an earlier state, or is not the only one. */
  | { readonly kind: 'ahead'; readonly size: number }
  /** 409 and 422: what it cosigned is not what we have. 5xx: it has troubles of its own. */
  | { readonly kind: 'refused'; readonly status: number }
  | Unreachable

export type LatestOutcome =
  | ({ readonly kind: 'found' } & Pick<OpenedCheckpoint, 'checkpoint' | 'cosignatures'>)
  /** It has cosigned nothing of this log, or does not tell. */
  | { readonly kind: 'none' }
  | Unreachable

/** What is put to a witness. */
export type Submission = {
  /** Signed by the log. */
  readonly checkpoint: string
  /** RFC 6962 §2.1.2, from a smaller size to that of the checkpoint. Asked for at most twice. */
  proveConsistency(oldSize: number): Promise<readonly Buffer[]>
}

const ANSWER_LIMIT = 65_536
const ANSWER_WITHIN_MS = 5 * SECOND

/** A witness by the prefix of its addresses and its verifier key. Throws `invalid-settings`. Asks nothing yet. */
export function connectWitness({
  url,
  vkey,
  timeoutMs = ANSWER_WITHIN_MS,
}: {
  url: string
  vkey: string
  timeoutMs?: number
}): RemoteWitness {
  return { prefix: `${url.replace(/\/+$/, '')}/`, verifier: parseWitness(vkey), timeoutMs, knownSize: 0 }
}

function parseWitness(vkey: string): Verifier {
  try {
    return cosignatureVerifier(parseVkey(vkey))
  } catch (cause) {
    throw new AppError('invalid-settings', {
      title: 'A witness is named by its verifier key, of the form name+id+key (PARAPH_WITNESSES).',
      cause,
    })
  }
}

/**
 * Asks for a cosignature, once more when the witness begins from another, smaller size than we believed. Throws what
 * `proveConsistency` throws, and `malformed` for no checkpoint.
 */
export async function askWitness(witness: RemoteWitness, submission: Submission): Promise<WitnessOutcome> {
  const { size } = parseCheckpoint(parseNote(submission.checkpoint).text)
  const oldSize = Math.min(witness.knownSize, size)
  let verdict = await submit(witness, submission, { oldSize, size })
  if (verdict.kind === 'other-size' && verdict.size <= size && verdict.size !== oldSize) {
    verdict = await submit(witness, submission, { oldSize: verdict.size, size })
  }
  if (verdict.kind === 'cosigned') witness.knownSize = size
  if (verdict.kind !== 'other-size') return verdict
  witness.knownSize = verdict.size
  return verdict.size > size ? { kind: 'ahead', size: verdict.size } : { kind: 'refused', status: 409 }
}

async function submit(
  witness: RemoteWitness,
  { checkpoint, proveConsistency }: Submission,
  { oldSize, size }: { oldSize: number; size: number },
): Promise<WitnessVerdict | Unreachable> {
  const needsProof = oldSize > 0 && oldSize < size
  const proof = needsProof ? await proveConsistency(oldSize) : []
  const body = formatAddCheckpoint({ oldSize, proof, checkpoint })
  try {
    const answer = await request(witness, 'add-checkpoint', { method: 'POST', body })
    return readWitnessAnswer(answer, parseNote(checkpoint).text, [witness.verifier])
  } catch (error) {
    return { kind: 'unreachable', error }
  }
}

/** The checkpoint of this log that a witness cosigned last, by the signatures of both. */
export async function readLatest(witness: RemoteWitness, log: LogIdentity): Promise<LatestOutcome> {
  try {
    const { status, body } = await request(witness, latestCheckpointPath(log.origin), { method: 'GET' })
    if (status === 404) return { kind: 'none' }
    if (status !== 200) throw new TlogError('malformed', 'witness: neither a checkpoint nor none')
    const { checkpoint, cosignatures } = openCheckpoint(body, log, [witness.verifier])
    if (cosignatures.length === 0)
      throw new TlogError('unsigned', 'witness: a checkpoint without its cosignature')
    witness.knownSize = checkpoint.size
    return { kind: 'found', checkpoint, cosignatures }
  } catch (error) {
    return { kind: 'unreachable', error }
  }
}

/** One request, within the time and the size that an answer may have. */
async function request(
  { prefix, timeoutMs }: RemoteWitness,
  path: string,
  init: { method: 'GET' } | { method: 'POST'; body: string },
): Promise<{ status: number; contentType: string; body: string }> {
  // A witness is where the settings say, and nowhere else.
  const response = await fetch(`${prefix}${path}`, {
    ...init,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > ANSWER_LIMIT) throw new TlogError('malformed', 'witness: an answer that is too long')
    chunks.push(chunk)
  }
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    body: decodeUtf8(Buffer.concat(chunks)),
  }
}
