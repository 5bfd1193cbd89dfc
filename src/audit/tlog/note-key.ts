import { createPrivateKey, createPublicKey, hash, type KeyObject, randomBytes } from 'node:crypto'
import { decodeBase64 } from './encoding.ts'
import { TlogError } from './errors.ts'

/** The signature types of C2SP signed-note that are spoken here, each a byte of the key's id and of its text form. */
export const ED25519 = 0x01
export const COSIGNATURE_V1 = 0x04
export type SignatureType = typeof ED25519 | typeof COSIGNATURE_V1

/** The public half of a key that signs notes. Name and id together tell whose a signature line is. */
export type VerifierKey = {
  readonly name: string
  readonly type: SignatureType
  /** The first 32 bits of SHA-256 over name, newline, type and public key. */
  readonly id: number
  readonly publicKey: KeyObject
}

export type SignerKey = VerifierKey & { readonly privateKey: KeyObject }

const SEED_BYTES = 32
const PUBLIC_KEY_BYTES = 32
/** What RFC 8410 puts before the 32 bytes of a private and of a public Ed25519 key. */
const PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI_HEADER = Buffer.from('302a300506032b6570032100', 'hex')

/** Key names: not empty, without Unicode spaces and without plus (C2SP signed-note, "Format"). */
export const KEY_NAME = /^[^\p{White_Space}+]+$/u
const VKEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/
const SKEY = /^PRIVATE\+KEY\+([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/

/** Makes a key. The text form of its private half, `PRIVATE+KEY+name+id+base64(type || seed)`, is what is kept. */
export function generateSkey(name: string, type: SignatureType): string {
  return formatSkey(name, type, randomBytes(SEED_BYTES))
}

function formatSkey(name: string, type: SignatureType, seed: Buffer): string {
  const { id } = keyOfSeed(name, type, seed)
  return `PRIVATE+KEY+${name}+${formatKeyId(id)}+${Buffer.from([type, ...seed]).toString('base64')}`
}

/** Reads the text form of a private key. Throws `malformed`, also when the id is not that of the key. */
export function parseSkey(skey: string): SignerKey {
  const { name, type, material } = splitKey(SKEY, skey)
  const key = material.length === SEED_BYTES ? keyOfSeed(name, type, material) : undefined
  if (key === undefined || formatSkey(name, type, material) !== skey) {
    throw new TlogError('malformed', 'signer key: not a key')
  }
  return key
}

/** The text form of a public key, `name+id+base64(type || public key)` (C2SP signed-note, "Verifier keys"). */
export function formatVkey({ name, type, id, publicKey }: VerifierKey): string {
  const material = Buffer.from([type, ...rawPublicKey(publicKey)])
  return `${name}+${formatKeyId(id)}+${material.toString('base64')}`
}

/** Reads the text form of a public key. Throws `malformed`, also when the id is not that of the key. */
export function parseVkey(vkey: string): VerifierKey {
  const { name, type, material } = splitKey(VKEY, vkey)
  const key = material.length === PUBLIC_KEY_BYTES ? keyOfPublic(name, type, material) : undefined
  if (key === undefined || formatVkey(key) !== vkey) {
    throw new TlogError('malformed', 'verifier key: not a key')
  }
  return key
}

/** Eight hexadecimal digits. */
function formatKeyId(id: number): string {
  return id.toString(16).padStart(8, '0')
}

function splitKey(form: RegExp, text: string) {
  const [, name, , encoded] = form.exec(text) ?? []
  if (name === undefined || encoded === undefined || !KEY_NAME.test(name)) {
    throw new TlogError('malformed', 'key: not of the form name+id+key')
  }
  const [type, ...material] = decodeBase64(encoded, 'key')
  if (type !== ED25519 && type !== COSIGNATURE_V1) throw new TlogError('malformed', 'key: of an unknown type')
  return { name, type, material: Buffer.from(material) } as const
}

function keyOfSeed(name: string, type: SignatureType, seed: Buffer): SignerKey {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_HEADER, seed]),
    format: 'der',
    type: 'pkcs8',
  })
  return { ...keyOfPublic(name, type, rawPublicKey(createPublicKey(privateKey))), privateKey }
}

function keyOfPublic(name: string, type: SignatureType, raw: Buffer): VerifierKey {
  if (!KEY_NAME.test(name)) throw new RangeError('not a name for a key')
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_HEADER, raw]), format: 'der', type: 'spki' })
  const preimage = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([type]), raw])
  return { name, type, id: hash('sha256', preimage, 'buffer').readUInt32BE(), publicKey }
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEADER.length)
}
