// @ts-check
// Runs in a browser as it is, inside verify.html, and shares no line with the program whose log it checks: SHA-256, HMAC
// and Ed25519 are WebCrypto's, the rest is here. Formats: RFC 6962 and C2SP signed-note, tlog-checkpoint,
// tlog-cosignature, tlog-proof.

/**
 * @typedef {Uint8Array<ArrayBuffer>} Bytes
 * @typedef {{ code: string, index?: number, stream?: string, seq?: number, file?: string, field?: string, count?: number }} Remark
 * @typedef {{ name: string, type: number, id: string, key: Bytes }} VerifierKey
 * @typedef {{ text: string, lines: readonly { name: string, id: string, signature: Bytes }[] }} Note
 * @typedef {{ origin: string, size: number, root: Bytes }} Head
 */

export const ED25519 = 0x01
export const COSIGNATURE = 0x04

export const utf8 = new TextEncoder()

/** Something in the bundle that is not what it must be; `code` names the sentence. */
export class Fault extends Error {
  /** @param {string} code @param {Omit<Remark, 'code'>} [facts] */
  constructor(code, facts = {}) {
    super(code)
    this.remark = { code, ...facts }
  }
}

/** @param {...Bytes} parts @returns {Bytes} */
function join(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** @param {Bytes} bytes */
export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** @param {string} hex @returns {Bytes} */
export const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** @param {Bytes} a @param {Bytes} b */
export const isSame = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])

/** Standard base64 in the one spelling that a value has. @param {string} text @returns {Bytes} */
export function fromBase64(text) {
  try {
    const characters = atob(text)
    if (btoa(characters) === text) return Uint8Array.from(characters, (character) => character.charCodeAt(0))
  } catch {
    // Not base64 at all.
  }
  throw new Fault('malformed')
}

/** @param {...Bytes} parts @returns {Promise<Bytes>} */
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest('SHA-256', join(...parts)))

/** RFC 6962 §2.1. @param {Bytes} entry */
export const hashLeaf = (entry) => sha256(Uint8Array.of(0), entry)
/** @param {Bytes} left @param {Bytes} right */
const hashNode = (left, right) => sha256(Uint8Array.of(1), left, right)

/** The root of a whole tree, leaf by leaf. */
export class Tree {
  size = 0
  /** By level, the complete subtree that waits for its right neighbour. @type {(Bytes | undefined)[]} */
  #subtrees = []

  /** @param {Bytes} leafHash */
  async append(leafHash) {
    let hash = leafHash
    let level = 0
    for (let left = this.#subtrees[0]; left; left = this.#subtrees[level]) {
      this.#subtrees[level] = undefined
      hash = await hashNode(left, hash)
      level += 1
    }
    this.#subtrees[level] = hash
    this.size += 1
  }

  async root() {
    /** @type {Bytes | undefined} */
    let root
    for (const subtree of this.#subtrees) {
      if (subtree) root = root ? await hashNode(subtree, root) : subtree
    }
    return root ?? (await sha256())
  }
}

/**
 * The root that a path leads to (RFC 9162 §2.1.3.2); undefined when it is too short or too long.
 * @param {number} index @param {number} size @param {Bytes} leafHash @param {readonly Bytes[]} path
 */
export async function rootOfPath(index, size, leafHash, path) {
  let node = index
  let last = size - 1
  let hash = leafHash
  for (const sibling of path) {
    if (last === 0) return undefined
    if (node % 2 === 1 || node === last) {
      hash = await hashNode(sibling, hash)
      while (node % 2 === 0 && node !== 0) {
        node /= 2
        last = Math.floor(last / 2)
      }
    } else {
      hash = await hashNode(hash, sibling)
    }
    node = Math.floor(node / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? hash : undefined
}

/** The text form of a key, `name+id+base64(type || key)`. @param {string} vkey @returns {Promise<VerifierKey>} */
export async function parseVkey(vkey) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? []
  if (name === undefined || id === undefined || encoded === undefined) throw new Fault('key-malformed')
  const typed = fromBase64(encoded)
  const hash = await sha256(utf8.encode(`${name}\n`), typed)
  if (typed.length !== 33 || toHex(hash.subarray(0, 4)) !== id) throw new Fault('key-malformed')
  return { name, type: typed[0] ?? 0, id, key: typed.slice(1) }
}

/** @param {string} message @returns {Note} */
export function parseNote(message) {
  const end = message.lastIndexOf('\n\n')
  if (end < 0 || !message.endsWith('\n')) throw new Fault('checkpoint-malformed')
  const lines = message.slice(end + 2, -1).split('\n')
  return {
    text: message.slice(0, end + 1),
    lines: lines.map((line) => {
      const [, name, encoded] = /^— (\S+) (\S+)$/.exec(line) ?? []
      if (name === undefined || encoded === undefined) throw new Fault('checkpoint-malformed')
      const bytes = fromBase64(encoded)
      return { name, id: toHex(bytes.subarray(0, 4)), signature: bytes.slice(4) }
    }),
  }
}

/** @param {string} text @returns {Head} */
export function parseHead(text) {
  const [origin = '', size = '', root = ''] = text.split('\n')
  if (origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size)) throw new Fault('checkpoint-malformed')
  return { origin, size: Number(size), root: fromBase64(root) }
}

/** The lines of a note that a key made. A line in its name that it did not make is a fault. @param {Note} note @param {VerifierKey} key */
export async function signaturesOf(note, key) {
  const lines = note.lines.filter((line) => line.name === key.name && line.id === key.id)
  if (lines.length === 0) return []
  const imported = await crypto.subtle.importKey('raw', key.key, { name: 'Ed25519' }, false, ['verify'])
  for (const { signature } of lines) {
    const { message, bytes } = signedMessage(note, key, signature)
    if (!(await crypto.subtle.verify('Ed25519', imported, bytes, utf8.encode(message)))) {
      throw new Fault('signature-false')
    }
  }
  return lines
}

/** A cosignature signs its time as well, which stands before it. @param {Note} note @param {VerifierKey} key @param {Bytes} signature */
function signedMessage({ text }, { type }, signature) {
  if (type !== COSIGNATURE) return { message: text, bytes: signature }
  return { message: `cosignature/v1\ntime ${timeOf(signature)}\n${text}`, bytes: signature.slice(8) }
}

/** @param {Bytes} signature */
export function timeOf(signature) {
  if (signature.length !== 72) throw new Fault('signature-false')
  return new DataView(signature.buffer, signature.byteOffset).getBigUint64(0)
}

/** Whether this browser can check Ed25519 signatures at all. */
export async function hasEd25519() {
  try {
    // A point of the curve: the neutral element would be refused by some.
    const key = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
    await crypto.subtle.importKey('raw', key, { name: 'Ed25519' }, false, ['verify'])
    return true
  } catch {
    return false
  }
}

/** @param {string} text */
export function parseProof(text) {
  const end = text.indexOf('\n\n')
  const [header, ...lines] = text.slice(0, Math.max(end, 0)).split('\n')
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const [, index] = /^index (0|[1-9]\d{0,14})$/.exec(lines.shift() ?? '') ?? []
  if (header !== 'c2sp.org/tlog-proof@v1' || index === undefined) throw new Fault('proof-malformed')
  return { index: Number(index), path: lines.map(fromBase64), checkpoint: text.slice(end + 2) }
}
