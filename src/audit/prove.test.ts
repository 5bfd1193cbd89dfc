import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LogCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js'
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { type CheckedProof, checkProof } from './check-proof.ts'
import { decodeLeaf } from './leaf.ts'
import { type ProvedEvent, proveEvent } from './prove.ts'
import { cosigner } from './tlog/cosignature.ts'
import { formatNote, parseNote, signText } from './tlog/note.ts'
import { COSIGNATURE_V1, ED25519, formatVkey, generateSkey, parseSkey } from './tlog/note-key.ts'
import { formatTlogProof, parseTlogProof } from './tlog/tlog-proof.ts'
import { readTrustedKeys } from './trusted-keys.ts'

type SigstoreEntry = Parameters<typeof verifyMerkleInclusion>[0]

describe('the proof of an event', () => {
  let log: PublishedLog
  let ref: PublishedLog['refs'][number]
  beforeAll(async () => {
    log = await openPublishedLog(2)
    ref = log.refs[0] ?? expect.fail('no stream')
    await log.grow(270)
    await log.grow(10)
  })
  afterAll(() => log?.close())

  const prove = (name: Parameters<typeof proveEvent>[1]) =>
    proveEvent({ db: log.database.db, log: log.log, files: log.files }, name)
  const proveSeq = async (seq: number): Promise<ProvedEvent> => {
    const proved = await prove({ streamRef: ref, seq })
    return typeof proved === 'string' ? expect.fail(proved) : proved
  }
  const check = (file: string, entry?: Buffer) => checkProof(file, readTrustedKeys(log.log.vkeys, []), entry)

  it.each([1, 64, 129, 140])('needs nothing but its file and the key of the log: event %i', async (seq) => {
    const { file, index, entry } = await proveSeq(seq)
    expect(check(file)).toEqual({ origin: 'example.org/log', size: 280, index, entry, cosignatures: [] })
    expect(decodeLeaf(entry)).toMatchObject({ stream: { ref }, seq })
  })

  it('is asked for by the number of the event as well', async () => {
    const [row] = await log.query<{ id: string }>(
      'select id from audit_event where stream_ref = $1 and seq = 64',
      [ref],
    )
    expect(await prove({ eventId: row?.id ?? '' })).toEqual(await proveSeq(64))
  })

  it('is accepted by an implementation that is not ours', async () => {
    const { file, entry } = await proveSeq(100)
    const { index, path, checkpoint } = parseTlogProof(file)
    const body = (bytes: Buffer) =>
      ({
        inclusionProof: { logIndex: String(index), hashes: path },
        canonicalizedBody: bytes,
      }) as SigstoreEntry
    const head = LogCheckpoint.fromString(parseNote(checkpoint).text)
    expect(() => verifyMerkleInclusion(body(entry), head)).not.toThrow()
    const other = Buffer.concat([entry.subarray(0, -1), Buffer.from('!')])
    expect(() => verifyMerkleInclusion(body(other), head)).toThrow('root hash does not match')
  })

  it('tells which of the trusted witnesses have cosigned, and when', async () => {
    const { file } = await proveSeq(5)
    const proof = parseTlogProof(file)
    const key = parseSkey(generateSkey('example.org/witness', COSIGNATURE_V1))
    const { text, signatures } = parseNote(proof.checkpoint)
    const cosigned = formatNote({
      text,
      signatures: [
        ...signatures,
        signText(
          text,
          cosigner(key, () => 1_700_000_000),
        ),
      ],
    })
    const trusted = readTrustedKeys(log.log.vkeys, [formatVkey(key)])
    const checked = checkProof(formatTlogProof({ ...proof, checkpoint: cosigned }), trusted)
    expect((checked as CheckedProof).cosignatures).toEqual([
      { witness: 'example.org/witness', at: 1_700_000_000 },
    ])
  })

  it('fails for other bytes than those of the event, for another place, and for another log', async () => {
    const { file, entry } = await proveSeq(5)
    const { entry: another } = await proveSeq(6)
    expect(check(file, entry)).toMatchObject({ entry })
    expect(check(file, another)).toBe('not-included')
    expect(check(file.replace(/^index \d+$/m, 'index 0'))).toBe('not-included')
    expect(check(file.replace(/^extra .*\n/m, ''))).toBe('no-entry')
    expect(check(file.replace(/^extra .*$/m, `extra ${Buffer.alloc(70_000).toString('base64')}`))).toBe(
      'malformed',
    )
    expect(check('not a proof')).toBe('malformed')
    const others = [
      [formatVkey(parseSkey(generateSkey('example.org/log', ED25519))), 'unsigned'],
      [formatVkey(parseSkey(generateSkey('example.org/other', ED25519))), 'unsigned'],
    ] as const
    for (const [vkey, fault] of others) expect(checkProof(file, readTrustedKeys([vkey], []))).toBe(fault)
  })

  it('does not exist of an event that waits, that is not published, or that there is not', async () => {
    await log.append(2)
    expect(await prove({ streamRef: ref, seq: 141 })).toBe('not-in-tree')
    await log.integrate()
    expect(await prove({ streamRef: ref, seq: 141 })).toBe('not-published')
    await log.publish()
    expect(await prove({ streamRef: ref, seq: 141 })).toMatchObject({ index: 280 })
    expect(await prove({ streamRef: ref, seq: 142 })).toBe('no-such-event')
    await log.tamper(
      'alter table audit_event drop constraint if exists audit_event_leaf_check',
      `insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, request_id, occurred_at, metadata)
       values ('exam', '${ref}', 900, 'LOCK', 'system', 'request-0001', now(), '{}')`,
    )
    expect(await prove({ streamRef: ref, seq: 900 })).toBe('earlier')
  })

  it('is not made where the published files say something else than the table', async () => {
    const path = join(log.tlogDirectory, 'tile/0/000')
    const before = readFileSync(path)
    writeFileSync(path, Buffer.from(before).fill(0, 32, 64))
    expect(await prove({ streamRef: ref, seq: 1 })).toBe('disproved')
    writeFileSync(path, before)
    expect(await prove({ streamRef: ref, seq: 1 })).toMatchObject({ index: 0 })
  })
})

describe('the keys that a reader trusts', () => {
  const vkey = (name: string, type: typeof ED25519 | typeof COSIGNATURE_V1) =>
    formatVkey(parseSkey(generateSkey(name, type)))
  it('are of one log, and witnesses', () => {
    const malformed = expect.objectContaining({ fault: 'malformed' })
    for (const [log, witnesses] of [
      [[], []],
      [[vkey('a.test', ED25519), vkey('b.test', ED25519)], []],
      [[vkey('a.test', COSIGNATURE_V1)], []],
      [[vkey('a.test', ED25519)], [vkey('w.test', ED25519)]],
    ] as const) {
      expect(() => readTrustedKeys(log, witnesses)).toThrow(malformed)
    }
    expect(readTrustedKeys([vkey('a.test', ED25519)], [vkey('w.test', COSIGNATURE_V1)])).toMatchObject({
      log: { origin: 'a.test' },
    })
  })
})
