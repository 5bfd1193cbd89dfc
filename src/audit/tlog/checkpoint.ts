import { decodeHash, parseDecimal } from './encoding.ts'
import { TlogError } from './errors.ts'
import {
  type NoteSignature,
  namesKey,
  type OpenedNote,
  openNote,
  type Signer,
  signNote,
  type Verifier,
} from './note.ts'

/** The head of a log's tree. */
export type TreeHead = {
  /** The name of the log, such as `example.org/log`. */
  readonly origin: string
  /** Leaves. */
  readonly size: number
  readonly root: Buffer
}

/** A head as it is read: other logs may add lines, which mean nothing here. */
export type Checkpoint = TreeHead & { readonly extensions: readonly string[] }

/** The text that is signed for a head (C2SP tlog-checkpoint, "Note text"). Throws `malformed` for no such head. */
export function formatCheckpoint({ origin, size, root }: TreeHead): string {
  const text = `${origin}\n${size}\n${root.toString('base64')}\n`
  if (parseCheckpoint(text).origin !== origin) {
    throw new TlogError('malformed', 'checkpoint: not a head of a log')
  }
  return text
}

/** Reads the text of a checkpoint, signed or not. Throws `malformed`. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split('\n')
  const end = lines.pop()
  const [origin, size, root, ...extensions] = lines
  if (origin === undefined || size === undefined || root === undefined || end !== '' || lines.includes('')) {
    throw new TlogError('malformed', 'checkpoint: not three lines or more, none of them empty')
  }
  return {
    origin,
    size: parseDecimal(size, 'checkpoint size'),
    root: decodeHash(root, 'checkpoint root'),
    extensions,
  }
}

/** A signed checkpoint. That no other head of this size, and no smaller one, is signed after it is the caller's care. */
export function signCheckpoint(head: TreeHead, signers: readonly Signer[]): string {
  return signNote(formatCheckpoint(head), signers)
}

/** A log as its readers know it: the first line of its checkpoints, and its keys. */
export type LogIdentity = { readonly origin: string; readonly verifiers: readonly Verifier[] }

export type OpenedCheckpoint = {
  readonly checkpoint: Checkpoint
  readonly note: OpenedNote
  /** Of the witnesses that were asked for, one of each that cosigned. How many are enough, the caller says. */
  readonly cosignatures: readonly NoteSignature[]
}

/**
 * Reads a checkpoint that the log signed, with what `witnesses` put to it.
 * Throws `malformed`, `bad-signature`, `unsigned`, `wrong-origin`.
 */
export function openCheckpoint(
  message: string,
  log: LogIdentity,
  witnesses: readonly Verifier[] = [],
): OpenedCheckpoint {
  const note = openNote(message, [...log.verifiers, ...witnesses])
  const cosignatures = note.signatures.filter((line) => !log.verifiers.some((key) => namesKey(line, key)))
  if (cosignatures.length === note.signatures.length) {
    throw new TlogError('unsigned', 'checkpoint: not signed by the log')
  }
  const checkpoint = parseCheckpoint(note.text)
  if (checkpoint.origin !== log.origin) throw new TlogError('wrong-origin', 'checkpoint: of another log')
  return { checkpoint, note, cosignatures }
}
