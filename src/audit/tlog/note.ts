import { sign, verify } from 'node:crypto'
import { MEBIBYTE } from '../../platform/units.ts'
import { decodeBase64 } from './encoding.ts'
import { TlogError } from './errors.ts'
import { ED25519, KEY_NAME, type SignerKey, type VerifierKey } from './note-key.ts'

/** A signature line: whose it says it is, and what follows the four bytes of the key's id. */
export type NoteSignature = { readonly name: string; readonly keyId: number; readonly signature: Buffer }

/** A text, which ends in a newline, and its signatures, checked or not (C2SP signed-note, "Format"). */
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] }

/** Signs texts as one key. */
export type Signer = { readonly name: string; readonly keyId: number; sign(text: string): Buffer }

/** Tells whether a key made a signature of a text. */
export type Verifier = {
  readonly name: string
  readonly keyId: number
  verify(text: string, signature: Buffer): boolean
}

/** A note of which somebody trusted signed the text. */
export type OpenedNote = Note & {
  /** Lines of keys that are not trusted, and may say anything. */
  readonly unknown: readonly NoteSignature[]
}

// The specification asks for 16 signatures at least; a post-quantum one has five kilobytes.
const MAX_SIGNATURES = 100
const MAX_NOTE_CHARACTERS = MEBIBYTE
const KEY_ID_BYTES = 4

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it refuses
const CONTROL_CHARACTER = /[\u0000-\u0009\u000b-\u001f]/
const SIGNATURE_LINE = /^— ([^ ]+) ([A-Za-z0-9+/]+=*)$/

/** Reads a note without checking its signatures, of which there is one at least. Throws `malformed`. */
export function parseNote(message: string): Note {
  const end = message.lastIndexOf('\n\n')
  if (
    message.length > MAX_NOTE_CHARACTERS ||
    !message.isWellFormed() ||
    CONTROL_CHARACTER.test(message) ||
    end < 0
  ) {
    throw new TlogError('malformed', 'note: not a text, a blank line and signatures')
  }
  return { text: message.slice(0, end + 1), signatures: parseSignatures(message.slice(end + 2)) }
}

/** Reads signature lines, each with its newline. Throws `malformed`. */
function parseSignatures(text: string): NoteSignature[] {
  const lines = text.slice(0, -1).split('\n')
  if (!text.endsWith('\n') || lines.length > MAX_SIGNATURES) {
    throw new TlogError('malformed', 'note: too many signatures, or the last one without its newline')
  }
  return lines.map((line) => {
    const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? []
    const bytes = encoded === undefined ? Buffer.alloc(0) : decodeBase64(encoded, 'note signature')
    if (name === undefined || !KEY_NAME.test(name) || bytes.length <= KEY_ID_BYTES) {
      throw new TlogError('malformed', 'note: a line after the blank line that is not a signature')
    }
    return { name, keyId: bytes.readUInt32BE(), signature: bytes.subarray(KEY_ID_BYTES) }
  })
}

/** Writes a note. Throws `malformed` for one that would not be read back as it is. */
export function formatNote({ text, signatures }: Note): string {
  const message = `${text}\n${signatures.map(formatSignature).join('')}`
  if (parseNote(message).text !== text) {
    throw new TlogError('malformed', 'note: not a text that can be signed')
  }
  return message
}

/** One signature line, with its newline. */
export function formatSignature({ name, keyId, signature }: NoteSignature): string {
  const bytes = Buffer.alloc(KEY_ID_BYTES + signature.length)
  bytes.writeUInt32BE(keyId)
  bytes.set(signature, KEY_ID_BYTES)
  return `— ${name} ${bytes.toString('base64')}\n`
}

/** Signs a text as each of the signers, in their order. Throws `malformed` for a text that no note can have. */
export function signNote(text: string, signers: readonly Signer[]): string {
  return formatNote({ text, signatures: signers.map((signer) => signText(text, signer)) })
}

/** The signature line of one signer. */
export function signText(text: string, signer: Signer): NoteSignature {
  return { name: signer.name, keyId: signer.keyId, signature: signer.sign(text) }
}

/**
 * Reads a note that one of `verifiers` signed at least; one signature of each is kept. As the specification asks, lines
 * of other keys are ignored, and a line that one of these keys did not make refuses the note.
 * Throws `malformed`, `bad-signature`, `unsigned`.
 */
export function openNote(message: string, verifiers: readonly Verifier[]): OpenedNote {
  const note = parseNote(message)
  const known = new Map<string, NoteSignature>()
  const unknown: NoteSignature[] = []
  for (const line of note.signatures) {
    const own = verifiers.filter((verifier) => namesKey(line, verifier))
    if (own.length === 0) {
      unknown.push(line)
    } else if (own.every((verifier) => verifier.verify(note.text, line.signature))) {
      const key = `${line.name}+${line.keyId}`
      known.set(key, known.get(key) ?? line)
    } else {
      throw new TlogError('bad-signature', 'note: a signature of a trusted key that is not its own')
    }
  }
  if (known.size === 0) throw new TlogError('unsigned', 'note: no signature of a trusted key')
  return { text: note.text, signatures: [...known.values()], unknown }
}

/** Whether a line says that it is this key's, which is for the key's `verify` to tell. */
export function namesKey(
  line: NoteSignature,
  key: { readonly name: string; readonly keyId: number },
): boolean {
  return line.name === key.name && line.keyId === key.keyId
}

/** Signs notes with Ed25519 over the text (C2SP signed-note, "Ed25519 signatures"). */
export function ed25519Signer(key: SignerKey): Signer {
  assertEd25519(key)
  return { name: key.name, keyId: key.id, sign: (text) => sign(null, Buffer.from(text), key.privateKey) }
}

/** Checks what `ed25519Signer` signs. */
export function ed25519Verifier(key: VerifierKey): Verifier {
  assertEd25519(key)
  return {
    name: key.name,
    keyId: key.id,
    verify: (text, signature) => verify(null, Buffer.from(text), key.publicKey, signature),
  }
}

function assertEd25519({ type }: VerifierKey): void {
  if (type !== ED25519) throw new RangeError('a key of another signature type')
}
