import { createHmac, hash } from 'node:crypto'
import { ACTIONS, type Action } from '../../src/audit/actions.ts'
import { encodeJcs, type JcsValue } from '../../src/audit/jcs.ts'
import { decodeLeaf, encodeLeaf, type LeafParts, macLeaf } from '../../src/audit/leaf.ts'
import { formatCheckpoint, signCheckpoint } from '../../src/audit/tlog/checkpoint.ts'
import { cosigner } from '../../src/audit/tlog/cosignature.ts'
import { Frontier, hashLeaf } from '../../src/audit/tlog/merkle.ts'
import { ed25519Signer, formatNote, parseNote, signText } from '../../src/audit/tlog/note.ts'
import { formatVkey, parseSkey } from '../../src/audit/tlog/note-key.ts'
import { type HashReader, proveConsistency, proveInclusion } from '../../src/audit/tlog/proof.ts'
import { formatTlogProof } from '../../src/audit/tlog/tlog-proof.ts'
import { idSchema } from '../../src/platform/contract.ts'
import { ringOf } from '../../src/platform/key-ring.ts'

/** Keys that everybody knows. */
const LOG_KEY = 'PRIVATE+KEY+example.org/log+98af023b+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
const WITNESS_KEY = 'PRIVATE+KEY+witness.example.org+300083b3+BP/+/fz7+vn49/b19PPy8fDv7u3s6+rp6Ofm5eTj4uHg'
const MAC_KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
const COSIGNED_AT = 1_767_225_600

const refOf = (number: number) =>
  idSchema.parse(`5eed0000-0000-4000-8000-${String(number).padStart(12, '0')}`)
const COPY = refOf(1)
const EXAM = refOf(2)
const MARKER = refOf(3)
const ITEM = refOf(4)
const ANNOTATION = refOf(5)

/** Salt and value of each sealed member of the vectors. */
const MEMBERS: readonly { readonly field: string; readonly value: JcsValue | null }[] = [
  { field: 'filename', value: 'Zoé Exemple 3e B.pdf' },
  { field: 'original_sha256', value: hash('sha256', 'a scan') },
  { field: 'points', value: 125 },
  // A score that was taken back.
  { field: 'points', value: null },
]

function commitments() {
  return MEMBERS.map(({ field, value }, index) => {
    const salt = Buffer.alloc(32, index + 1)
    // As JCS has no null, an empty list stands for it.
    const json = encodeJcs(value === null ? [] : value).toString()
    const commitment = createHmac('sha256', salt).update(`${field}\0${json}`).digest('hex')
    return { field, value, json, salt: salt.toString('hex'), commitment }
  })
}

type Case = { readonly what: string } & LeafParts

function cases(): readonly Case[] {
  const [filename = '', original = '', points = '', nothing = ''] = commitments().map((one) => one.commitment)
  let made = 0
  const next = (
    what: string,
    action: Action,
    metadata: LeafParts['metadata'],
    others: Partial<LeafParts> = {},
  ): Case => {
    made += 1
    return {
      what,
      action,
      actionVersion: ACTIONS[action].version,
      stream: { kind: 'copy', ref: COPY, seq: made },
      actor: { kind: 'user', ref: MARKER },
      examRef: EXAM,
      requestId: `request-${made}`,
      occurredAt: new Date(Date.UTC(2026, 0, 1, 0, 0, made, 7)),
      metadata,
      sealed: {},
      ...others,
    }
  }
  const system = { kind: 'system' } as const
  const annotated = { annotation_id: ANNOTATION, page: 2, version: 3, fields: ['text', 'x'] }
  return [
    next(
      'two sealed members',
      'IMPORT',
      { success: true, pages: 4 },
      { actor: system, sealed: { filename, original_sha256: original } },
    ),
    next('no sealed member', 'LOCK', { expires_in_seconds: 1_800 }),
    next('a list', 'UPDATE_ANN', annotated),
    next('a sealed number', 'SCORE', { item_ref: ITEM, version: 1 }, { sealed: { points } }),
    next('a sealed nothing', 'SCORE', { item_ref: ITEM, version: 2 }, { sealed: { points: nothing } }),
    next('metadata that could not be written', 'UNLOCK', undefined),
    next(
      'no exam, and the system as its actor',
      'GAP',
      { stream_kind: 'copy', stream_ref: COPY, missing_seq: 7 },
      { actor: system, examRef: undefined, stream: { kind: 'system', ref: refOf(6), seq: 1 } },
    ),
  ]
}

/** The bytes that `encodeLeaf` makes, with a nonce that is always the same. */
function encodeWithNonce(parts: LeafParts, nonce: string): Buffer {
  return encodeJcs({ ...(decodeLeaf(encodeLeaf(parts)) as Record<string, JcsValue>), nonce })
}

export type LeafVector = {
  readonly what: string
  readonly leaf: string
  readonly mac: string | null
  readonly leafHash: string
}

function leaves(): readonly LeafVector[] {
  const ring = ringOf(MAC_KEY)
  const events = cases().map(({ what, ...parts }, index) => {
    const bytes = encodeWithNonce(parts, Buffer.alloc(16, index + 1).toString('hex'))
    return { what, bytes, mac: macLeaf(ring, bytes).toString('hex') }
  })
  const forged = encodeJcs({ v: 1, event: '42', quarantine: 'mac', leaf_sha256: hash('sha256', 'forged') })
  return [...events, { what: 'an event that failed its checks', bytes: forged, mac: null }].map(
    ({ what, bytes, mac }) => ({
      what,
      leaf: bytes.toString(),
      mac,
      leafHash: hashLeaf(bytes).toString('hex'),
    }),
  )
}

/** Complete subtrees over these leaf hashes. */
function readerOf(hashes: readonly Buffer[]): HashReader {
  return async (subtrees) =>
    subtrees.map(({ level, index }) => rootOf(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)))
}

function rootOf(hashes: readonly Buffer[]): Buffer {
  const frontier = new Frontier()
  for (const one of hashes) frontier.append(one)
  return frontier.root()
}

const inHex = (hashes: readonly Buffer[]) => hashes.map((one) => one.toString('hex'))

async function trees(hashes: readonly Buffer[]) {
  const read = readerOf(hashes)
  const sizes = Array.from({ length: hashes.length + 1 }, (_, size) => size)
  const vectors = sizes.map(async (size) => ({
    size,
    root: rootOf(hashes.slice(0, size)).toString('hex'),
    inclusion: await Promise.all(
      sizes.slice(0, size).map(async (index) => ({
        index,
        path: inHex(await proveInclusion(read, index, size)),
      })),
    ),
    consistency: await Promise.all(
      sizes.slice(0, size + 1).map(async (oldSize) => ({
        oldSize,
        proof: inHex(await proveConsistency(read, oldSize, size)),
      })),
    ),
  }))
  return Promise.all(vectors)
}

async function checkpoints(hashes: readonly Buffer[], entries: readonly string[]) {
  const [log, witness] = [parseSkey(LOG_KEY), parseSkey(WITNESS_KEY)]
  const size = hashes.length
  const head = { origin: log.name, size, root: rootOf(hashes) }
  const signed = parseNote(signCheckpoint(head, [ed25519Signer(log)]))
  const cosignature = signText(
    signed.text,
    cosigner(witness, () => COSIGNED_AT),
  )
  const checkpoint = formatNote({ ...signed, signatures: [...signed.signatures, cosignature] })
  const index = 3
  const path = await proveInclusion(readerOf(hashes), index, size)
  return {
    log: { skey: LOG_KEY, vkey: formatVkey(log) },
    witness: { skey: WITNESS_KEY, vkey: formatVkey(witness), cosignedAt: COSIGNED_AT },
    text: formatCheckpoint(head),
    checkpoint,
    proof: {
      index,
      file: formatTlogProof({ index, path, checkpoint, extra: Buffer.from(entries[index] ?? '') }),
    },
  }
}

/** The files of `docs/audit-vectors/`, by name. */
export async function writeVectors(): Promise<Readonly<Record<string, string>>> {
  const entries = leaves()
  const hashes = entries.map(({ leafHash }) => Buffer.from(leafHash, 'hex'))
  const ring = ringOf(MAC_KEY)
  const files = {
    'leaves.json': { macKey: MAC_KEY.toString('hex'), macKeyId: ring.current.id, leaves: entries },
    'commitments.json': { commitments: commitments() },
    'trees.json': { leafHashes: inHex(hashes), trees: await trees(hashes) },
    'checkpoint.json': await checkpoints(
      hashes,
      entries.map(({ leaf }) => leaf),
    ),
  }
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [name, `${JSON.stringify(content, undefined, 2)}\n`]),
  )
}
