import { type Bytes, fromBase64, sha256, toHex, toUtf8 } from './bytes.ts'
import { Fault } from './fault.ts'
import { type Head, type Note, parseHead, parseNote } from './note.ts'

const ED25519 = 0x01
const COSIGNATURE = 0x04
const COSIGNATURE_BYTES = 72

type VerifierKey = { readonly name: string; readonly type: number; readonly id: string; readonly key: Bytes }

/** A checkpoint whose signature holds, and which witnesses saw it, each at its time. */
export type OpenedCheckpoint = {
  readonly head: Head
  /** The key that signed it. */
  readonly vkey: string
  readonly cosignatures: readonly { readonly witness: string; readonly at: string }[]
}

/**
 * Checks the signature of a checkpoint against the keys of its log, and those of its witnesses.
 * Throws `checkpoint-malformed`, `key-malformed`, `other-log`, `not-signed`, `signature-false`.
 */
export async function openCheckpoint(
  message: string,
  keys: { readonly vkeys: readonly string[]; readonly witnesses: readonly string[] },
): Promise<OpenedCheckpoint> {
  const note = parseNote(message)
  const head = parseHead(note.text)
  const signers: string[] = []
  for (const vkey of keys.vkeys) {
    const key = await parseVkey(vkey, ED25519)
    if (key.name !== head.origin) throw new Fault('other-log')
    if ((await signaturesOf(note, key)).length > 0) signers.push(vkey)
  }
  const [vkey] = signers
  if (vkey === undefined) throw new Fault('not-signed')
  const cosignatures: { witness: string; at: string }[] = []
  for (const witness of keys.witnesses) {
    const key = await parseVkey(witness, COSIGNATURE)
    for (const signature of await signaturesOf(note, key)) {
      cosignatures.push({ witness: key.name, at: new Date(Number(timeOf(signature)) * 1_000).toISOString() })
    }
  }
  return { head, vkey, cosignatures }
}

/** Whether this browser can check Ed25519 signatures at all. */
export async function hasEd25519(): Promise<boolean> {
  try {
    // A point of the curve: the neutral element would be refused by some.
    const point = fromBase64('11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=')
    if (point) await crypto.subtle.importKey('raw', point, { name: 'Ed25519' }, false, ['verify'])
    return true
  } catch {
    return false
  }
}

/** The text form of a key, `name+id+base64(type ‖ key)`. Throws `key-malformed`. */
async function parseVkey(vkey: string, type: number): Promise<VerifierKey> {
  const [, name, id, encoded = ''] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? []
  const typed = fromBase64(encoded)
  if (name === undefined || id === undefined || typed?.length !== 33 || typed[0] !== type) {
    throw new Fault('key-malformed')
  }
  const hash = await sha256(toUtf8(`${name}\n`), typed)
  if (toHex(hash.slice(0, 4)) !== id) throw new Fault('key-malformed')
  return { name, type, id, key: typed.slice(1) }
}

/** The signatures of a key under a note. A line in its name that it did not make is a fault: `signature-false`. */
async function signaturesOf(note: Note, key: VerifierKey): Promise<readonly Bytes[]> {
  const lines = note.lines.filter((line) => line.name === key.name && line.keyId === key.id)
  if (lines.length === 0) return []
  const imported = await crypto.subtle.importKey('raw', key.key, { name: 'Ed25519' }, false, ['verify'])
  for (const { signature } of lines) {
    const { message, bytes } = signedBy(note, key, signature)
    if (!(await crypto.subtle.verify('Ed25519', imported, bytes, toUtf8(message)))) {
      throw new Fault('signature-false')
    }
  }
  return lines.map(({ signature }) => signature)
}

/** A cosignature signs its time as well, which stands before it (C2SP tlog-cosignature). */
function signedBy({ text }: Note, { type }: VerifierKey, signature: Bytes) {
  if (type !== COSIGNATURE) return { message: text, bytes: signature }
  return { message: `cosignature/v1\ntime ${timeOf(signature)}\n${text}`, bytes: signature.slice(8) }
}

function timeOf(signature: Bytes): bigint {
  if (signature.length !== COSIGNATURE_BYTES) throw new Fault('signature-false')
  return new DataView(signature.buffer, signature.byteOffset).getBigUint64(0)
}
