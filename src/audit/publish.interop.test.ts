import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { verifyCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js'
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAuditStreams } from '../../test/support/audit-streams.ts'
import { makePublishingFolders, type PublishingFolders } from '../../test/support/publishing.ts'
import type { Id } from '../observability/id.ts'
import { integrateBatch } from './integrate.ts'
import { proveInclusion } from './tlog/proof.ts'
import { tileHashReader } from './tlog/tile.ts'

type Entry = Parameters<typeof verifyMerkleInclusion>[0]
type Checkpoint = ReturnType<typeof verifyCheckpoint>

describe('what is published of real events, to an implementation that is not ours', () => {
  const SIZE = 300
  let streams: Awaited<ReturnType<typeof openAuditStreams>>
  let folders: PublishingFolders
  const read = (path: string) => readFileSync(join(folders.tlogDirectory, path))

  beforeAll(async () => {
    streams = await openAuditStreams(2)
    folders = makePublishingFolders()
    const { publishOnce } = folders.start(streams.integrator)
    for (let i = 1; i <= SIZE; i += 1) {
      await streams.append(streams.refs[i % 2] as Id, { isSealed: i % 10 === 0 })
      if (i % 130 === 0 || i === SIZE) {
        await integrateBatch({ db: streams.integrator, keys: streams.keys })
        await publishOnce()
      }
    }
  })
  afterAll(async () => {
    await streams?.close()
    folders?.remove()
  })

  /** The key of the log from its text form, by the book of C2SP signed-note. */
  function authority() {
    const [name = '', id = '', ...encoded] = (folders.log().vkeys[0] ?? '').split('+')
    const [type, ...key] = Buffer.from(encoded.join('+'), 'base64') // base64 has its own plus signs
    expect(type).toBe(1)
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key)])
    const validFor = { start: new Date(0), end: new Date(8.64e15) }
    const publicKey = createPublicKey({ key: spki, format: 'der', type: 'spki' })
    return { logID: Buffer.from(id, 'hex'), baseURL: name, publicKey, validFor }
  }
  function readCheckpoint(envelope = read('checkpoint').toString()): Checkpoint {
    return verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } } as Entry, [authority()])
  }
  /** Every entry, from the bundles of the published size: each after its length in two bytes. */
  function readEntries(): Buffer[] {
    const entries: Buffer[] = []
    for (const path of ['tile/entries/000', 'tile/entries/001.p/44']) {
      for (let rest = read(path); rest.length > 0; rest = rest.subarray(2 + rest.readUInt16BE())) {
        entries.push(rest.subarray(2, 2 + rest.readUInt16BE()))
      }
    }
    return entries
  }
  async function verifyEntry(
    index: number,
    canonicalizedBody: Buffer,
    checkpoint: Checkpoint,
  ): Promise<void> {
    const reader = tileHashReader(async (path) => read(path), SIZE)
    const hashes = await proveInclusion(reader, index, SIZE)
    verifyMerkleInclusion(
      { inclusionProof: { logIndex: String(index), hashes }, canonicalizedBody } as Entry,
      checkpoint,
    )
  }

  it('is a checkpoint that the key of the log signed', () => {
    const checkpoint = readCheckpoint()
    expect(checkpoint).toMatchObject({ origin: folders.log().origin, logSize: BigInt(SIZE), rest: [] })
    const forged = read('checkpoint').toString().replace('\n300\n', '\n299\n')
    expect(() => readCheckpoint(forged)).toThrow('invalid checkpoint signature')
  })

  it('includes every event, as its bytes stand in the bundles', async () => {
    const checkpoint = readCheckpoint()
    const entries = readEntries()
    expect(entries).toHaveLength(SIZE)
    for (const [index, entry] of entries.entries()) await verifyEntry(index, entry, checkpoint)
    const rows = await streams.query<{ leaf: Buffer }>('select leaf from audit_event order by id')
    expect(entries).toEqual(rows.map(({ leaf }) => leaf))
  })

  it('includes no event that was changed, and none in the place of another', async () => {
    const checkpoint = readCheckpoint()
    const [first, second] = readEntries() as [Buffer, Buffer]
    const changed = Buffer.from(first.toString().replace('"seq":1', '"seq":2'))
    expect(changed).not.toEqual(first)
    await expect(verifyEntry(0, changed, checkpoint)).rejects.toThrow('calculated root hash')
    await expect(verifyEntry(0, second, checkpoint)).rejects.toThrow('calculated root hash')
  })
})
