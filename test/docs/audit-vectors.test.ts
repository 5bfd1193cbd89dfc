import { createHash, createHmac, createPublicKey, verify } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import canonicalize from 'canonicalize'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeLeaf, isMacOf } from '../../src/audit/leaf.ts'
import { opens } from '../../src/audit/sealed.ts'
import { openCheckpoint } from '../../src/audit/tlog/checkpoint.ts'
import { cosignatureVerifier, cosignedAt } from '../../src/audit/tlog/cosignature.ts'
import { ed25519Verifier } from '../../src/audit/tlog/note.ts'
import { parseVkey } from '../../src/audit/tlog/note-key.ts'
import { checkConsistency, checkInclusion } from '../../src/audit/tlog/proof.ts'
import { checkTlogProof, parseTlogProof } from '../../src/audit/tlog/tlog-proof.ts'
import { ringOf } from '../../src/platform/key-ring.ts'
import { ReferenceTree } from '../support/reference-tree.ts'
import { type LeafVector, writeVectors } from './audit-vectors.ts'

const FOLDER = resolve(import.meta.dirname, '../../docs/audit-vectors')
const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'))
const bytes = (hex: string) => Buffer.from(hex, 'hex')
const sha256 = (...parts: Uint8Array[]) => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

describe('the vectors of the audit log', () => {
  let written: Readonly<Record<string, string>>
  beforeAll(async () => {
    written = await writeVectors()
  })

  it.each(['leaves.json', 'commitments.json', 'trees.json', 'checkpoint.json'])(
    'are what the code makes: %s',
    async (name) => {
      await expect(written[name]).toMatchFileSnapshot(join(FOLDER, name))
    },
  )

  it('are all there, each told of in the README', () => {
    const files = readdirSync(FOLDER).filter((name) => name !== 'README.md')
    expect(files.sort()).toEqual(Object.keys(written).sort())
    const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8')
    for (const name of files) expect(readme).toContain(`\`${name}\``)
  })

  it('of leaves are canonical for an implementation that is not ours, and are decoded by ours', () => {
    const { leaves } = read('leaves.json') as { leaves: LeafVector[] }
    expect(leaves.length).toBeGreaterThan(6)
    for (const { leaf, leafHash } of leaves) {
      expect(canonicalize(JSON.parse(leaf))).toBe(leaf)
      expect(sha256(Buffer.of(0), Buffer.from(leaf)).toString('hex')).toBe(leafHash)
    }
    const events = leaves.filter(({ mac }) => mac !== null)
    expect(events.map(({ leaf }) => decodeLeaf(Buffer.from(leaf)))).toEqual(
      events.map(({ leaf }) => JSON.parse(leaf)),
    )
  })

  it('of MACs are HMAC-SHA256 behind the id of the key', () => {
    const { macKey, macKeyId, leaves } = read('leaves.json')
    expect(sha256(bytes(macKey)).toString('hex', 0, 4)).toBe(macKeyId)
    for (const { leaf, mac } of (leaves as LeafVector[]).filter(({ mac }) => mac !== null)) {
      const hmac = createHmac('sha256', bytes(macKey)).update(leaf).digest('hex')
      expect(mac).toBe(macKeyId + hmac)
      expect(isMacOf(ringOf(bytes(macKey)), Buffer.from(leaf), bytes(mac ?? ''))).toBe(true)
    }
  })

  it('of commitments are opened by salt and value, and stand in the leaves', () => {
    const { commitments } = read('commitments.json')
    const { leaves } = read('leaves.json')
    const text = JSON.stringify(leaves)
    for (const { field, json, salt, commitment } of commitments) {
      const opening = Buffer.concat([bytes(salt), Buffer.from(json)])
      expect(opens(field, opening, commitment)).toBe(true)
      expect(opens(field, Buffer.concat([bytes(salt), Buffer.from('"x"')]), commitment)).toBe(false)
      expect(text).toContain(commitment)
    }
  })

  it('of trees have the roots and the proofs of RFC 6962, written by recursion', () => {
    const { leaves } = read('leaves.json')
    const { leafHashes, trees } = read('trees.json')
    const reference = new ReferenceTree((leaves as LeafVector[]).map(({ leaf }) => Buffer.from(leaf)))
    const inHex = (hashes: readonly Buffer[]) => hashes.map((hash) => hash.toString('hex'))
    for (const { size, root, inclusion, consistency } of trees) {
      expect(root).toBe(reference.root(size).toString('hex'))
      for (const { index, path } of inclusion) {
        expect(path).toEqual(inHex(reference.inclusion(index, size)))
        const claim = { index, leafHash: bytes(leafHashes[index]), size, root: bytes(root) }
        expect(checkInclusion(path.map(bytes), claim)).toBe(true)
      }
      for (const { oldSize, proof } of consistency) {
        const claim = { oldSize, oldRoot: bytes(trees[oldSize].root), size, root: bytes(root) }
        expect(checkConsistency(proof.map(bytes), claim)).toBe(true)
      }
      expect([inclusion.length, consistency.length]).toEqual([size, size + 1])
    }
    expect(trees).toHaveLength(leaves.length + 1)
  })

  it('of a checkpoint are signed by the log and cosigned by the witness, and prove a leaf', () => {
    const { log, witness, text, checkpoint, proof } = read('checkpoint.json')
    const { leaves, trees } = { ...read('leaves.json'), ...read('trees.json') }
    const key = parseVkey(log.vkey)
    const identity = { origin: key.name, verifiers: [ed25519Verifier(key)] }
    const opened = openCheckpoint(checkpoint, identity, [cosignatureVerifier(parseVkey(witness.vkey))])
    expect(opened.checkpoint).toMatchObject({ size: leaves.length, root: bytes(trees.at(-1).root) })
    expect(opened.cosignatures.map(cosignedAt)).toEqual([witness.cosignedAt])

    // The same without our parts: base64 of type and key behind the last plus of a vkey.
    const der = Buffer.concat([bytes('302a300506032b6570032100'), rawKey(log.vkey)])
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
    const [line = ''] = checkpoint.split('\n\n')[1].split('\n')
    const signature = Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4)
    expect(verify(null, Buffer.from(text), publicKey, signature)).toBe(true)

    const parsed = parseTlogProof(proof.file)
    expect([parsed.index, parsed.extra?.toString()]).toEqual([proof.index, leaves[proof.index].leaf])
    expect(() => checkTlogProof(parsed, bytes(leaves[proof.index].leafHash), identity)).not.toThrow()
    expect(() => checkTlogProof(parsed, bytes(leaves[0].leafHash), identity)).toThrow('does not lead')
  })
})

function rawKey(vkey: string): Buffer {
  return Buffer.from(vkey.split('+').slice(2).join('+'), 'base64').subarray(1)
}
