import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeKeys } from '../../test/support/keys.ts'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { decodeLeaf, encodeLeaf, macLeaf } from './leaf.ts'
import { openCheckpoint } from './tlog/checkpoint.ts'
import type { KeptHead } from './tree-check.ts'
import type { VerifyReport } from './verify.ts'

const sentencesOf = ({ findings }: VerifyReport) => findings.map(({ sentence }) => sentence)
const codesOf = ({ findings }: VerifyReport) => [...new Set(findings.map(({ code }) => code))].sort()
const bytes = (value: Buffer) => `'\\x${value.toString('hex')}'::bytea`

describe('what somebody forges who has the database', () => {
  let log: PublishedLog
  let restore: () => Promise<void>
  let ref: PublishedLog['refs'][number]
  beforeAll(async () => {
    log = await openPublishedLog(2)
    ref = log.refs[0] ?? expect.fail('no stream')
    await log.grow(20)
    restore = await log.dump()
  })
  afterAll(() => log?.close())
  beforeEach(() => restore())

  /** Puts an event where the application's would be: with its place counted, and waiting for the tree. */
  async function forge(leaf: string, mac: string): Promise<void> {
    await log.tamper(
      'alter table audit_event drop constraint if exists audit_event_leaf_check',
      `update exam set event_seq = event_seq + 1 where stream_ref = '${ref}'`,
      `with event as (
         insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, request_id, occurred_at, metadata, leaf, mac)
         select 'exam', '${ref}', 11, action, actor_kind, request_id, occurred_at, metadata, ${leaf}, ${mac}
           from audit_event where stream_ref = '${ref}' and seq = 10 returning id)
       insert into audit_pending select id from event`,
    )
  }
  const forgedLeaf = () =>
    encodeLeaf({
      action: 'VALIDATE',
      actionVersion: 1,
      stream: { kind: 'exam', ref, seq: 11 },
      actor: { kind: 'system' },
      examRef: undefined,
      requestId: 'request-0001',
      occurredAt: new Date(),
      metadata: { pages: 10 },
      sealed: {},
    })

  it.each([
    ['without a MAC', () => 'null::bytea'],
    ['with the MAC of another key', (leaf: Buffer) => bytes(macLeaf(makeKeys().mac, leaf))],
    ['with the MAC of another event', () => `(select mac from audit_event where seq = 9 limit 1)`],
  ])('is found before and after it is in the tree: an event %s', async (_how, macOf) => {
    const leaf = forgedLeaf()
    await forge(bytes(leaf), macOf(leaf))
    const sentence = `No key of this installation authenticates number 11 of stream ${ref}.`
    expect(sentencesOf(await log.verify())).toEqual([sentence])
    await log.integrate()
    const report = await log.verify()
    expect(report).toMatchObject({ size: 21, firstBadIndex: 20, findingCount: 1 })
    expect(report.findings).toMatchObject([{ code: 'quarantined', index: 20, reason: 'mac' }])
  })

  it('is found: an event with the bytes and the MAC of another one', async () => {
    await forge(
      `(select leaf from audit_event where stream_ref = '${ref}' and seq = 10)`,
      `(select mac from audit_event where stream_ref = '${ref}' and seq = 10)`,
    )
    const report = await log.verify()
    expect(codesOf(report)).toEqual(['column-altered', 'event-lost', 'place-taken-twice'])
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'column-altered', column: 'seq' }))
    await log.integrate()
    expect((await log.verify()).findings).toMatchObject([
      { code: 'quarantined', index: 20, reason: 'projection' },
    ])
  })

  it('is found: an event that was taken away before it came into the tree, with its place in the queue', async () => {
    await log.append(2)
    await log.tamper(
      `delete from audit_pending where event_id = (select id from audit_event where stream_ref = '${ref}' and seq = 11)`,
      `delete from audit_event where stream_ref = '${ref}' and seq = 11`,
    )
    const before = await log.verify()
    expect(sentencesOf(before)).toContain(`Number 11 of stream ${ref} is missing, and no GAP says so.`)
    await log.integrate()
    expect(codesOf(await log.verify())).toContain('event-lost')
  })

  it('is found: an event that was taken away from under its place in the queue', async () => {
    await log.append(2)
    const [event] = await log.query<{ id: string }>(
      'select id from audit_event where stream_ref = $1 and seq = 11',
      [ref],
    )
    await log.tamper(`delete from audit_event where id = ${event?.id}`)
    expect(sentencesOf(await log.verify())).toContain(
      `Event number ${event?.id} waits for the tree and is gone.`,
    )
    await log.integrate()
    const report = await log.verify()
    expect(report).toMatchObject({ size: 22, firstBadIndex: 20 })
    expect(report.findings).toContainEqual(
      expect.objectContaining({ code: 'quarantined', index: 20, reason: 'event-missing' }),
    )
  })

  it('is found: events of a stream that were put into another order before they came into the tree', async () => {
    await log.append(4)
    await log.tamper(
      `create temporary table moved on commit drop as
         select * from audit_event where stream_ref = '${ref}' and seq > 10`,
      `delete from audit_event where stream_ref = '${ref}' and seq > 10`,
      `update moved set id = o.id from (select id, seq from moved) o where o.seq = 23 - moved.seq`,
      'insert into audit_event overriding system value select * from moved',
    )
    await log.integrate()
    const report = await log.verify()
    expect(report.findings).toMatchObject([{ code: 'out-of-order', seq: 11, index: 22 }])
    expect(sentencesOf(report)).toEqual([`Number 11 of stream ${ref} comes behind a later one, at leaf 22.`])
  })

  it.each([
    ['counted higher', 'event_seq + 1', `Number 11 of stream STREAM is missing, and no GAP says so.`],
    ['counted lower', 'event_seq - 1', 'Number 10 of stream STREAM is beyond what its owner has counted.'],
  ])('is found: a stream whose owner has %s', async (_how, value, sentence) => {
    await log.tamper(`update exam set event_seq = ${value} where stream_ref = '${ref}'`)
    expect(sentencesOf(await log.verify())).toEqual([sentence.replace('STREAM', ref)])
  })

  it('is found: a stream whose owner is gone', async () => {
    await log.tamper(`delete from exam where stream_ref = '${ref}'`)
    expect(sentencesOf(await log.verify())).toEqual([`Stream ${ref} has events and no owner.`])
  })

  it('is found: an event as from before there were leaves', async () => {
    await forge('null::bytea', 'null::bytea')
    await log.tamper('delete from audit_pending')
    expect(sentencesOf(await log.verify())).toEqual([
      'Events from before there were leaves: 1; the migration counted 0.',
    ])
  })

  it('is found: an event in the spool that nobody authenticates', async () => {
    const leaf = forgedLeaf()
    await log.tamper(
      `update exam set event_seq = event_seq + 1 where stream_ref = '${ref}'`,
      `insert into audit_spool (leaf, mac) values (${bytes(leaf)}, ${bytes(macLeaf(makeKeys().mac, leaf))})`,
    )
    expect(sentencesOf(await log.verify())).toEqual([
      expect.stringMatching(/^No key of this installation authenticates spooled event \d+\.$/),
    ])
  })
})

describe('what somebody rewrites who has the keys as well', () => {
  let log: PublishedLog
  beforeAll(async () => {
    log = await openPublishedLog(2)
  })
  afterAll(() => log?.close())

  it('is found by a checkpoint that was kept elsewhere, and by nothing else', async () => {
    const checkpoint = await log.grow(30)
    const opened = openCheckpoint(checkpoint ?? expect.fail('nothing was published'), log.log)
    const since: KeptHead = { keeper: 'since', ...opened.checkpoint }
    await log.grow(12)
    expect(await log.verify({ kept: [since] })).toMatchObject({ size: 42, findings: [] })

    const [event] = await log.query<{ id: string; leaf: Buffer }>(
      'select id, leaf from audit_event where id = (select event_id from audit_leaf where leaf_index = 7)',
    )
    const { seq, stream, time } = decodeLeaf(event?.leaf ?? expect.fail('no leaf'))
    const leaf = encodeLeaf({
      action: 'VALIDATE',
      actionVersion: 1,
      stream: { ...stream, seq },
      actor: { kind: 'system' },
      examRef: undefined,
      requestId: 'request-0001',
      occurredAt: new Date(time),
      metadata: { pages: 1 },
      sealed: {},
    })
    await log.tamper(
      `update audit_event set leaf = ${bytes(leaf)}, mac = ${bytes(macLeaf(log.keys.mac, leaf))},
              metadata = '{"pages": 1}', request_id = 'request-0001' where id = ${event?.id}`,
      'delete from audit_leaf',
      `update audit_tree set size = 0, frontier = '', root = sha256('')`,
      'delete from audit_checkpoint',
      'delete from audit_signing',
      'insert into audit_pending select id from audit_event',
    )
    rmSync(log.tlogDirectory, { recursive: true })
    rmSync(join(log.keysDirectory, 'log-signed'))
    log.restartPublisher()
    await log.integrate()
    await log.publish()
    expect(await log.verify()).toMatchObject({ size: 42, checkpoints: 1, findings: [] })
    const report = await log.verify({ kept: [since] })
    expect(sentencesOf(report)).toEqual([
      'The checkpoint that was kept has another root for 30 leaves: the log was rewritten, at leaf 0 or after.',
    ])
  })
})

describe('a database that was put back to an older dump', () => {
  let log: PublishedLog
  beforeAll(async () => {
    log = await openPublishedLog(2)
  })
  afterAll(() => log?.close())

  it('is found by the published files, and by the memory of the signer where these were put back too', async () => {
    await log.grow(10)
    const restore = await log.dump()
    const older = readFileSync(join(log.tlogDirectory, 'checkpoint'))
    await log.grow(5)
    await restore()
    const cut = 'the log was cut, or an older copy of it restored.'
    expect(await log.verify()).toMatchObject({ size: 10, firstBadIndex: 10 })
    expect(sentencesOf(await log.verify())).toEqual([
      `The memory of the signer has 15 leaves and the tree 10: ${cut}`,
      `The published checkpoint has 15 leaves and the tree 10: ${cut}`,
    ])
    writeFileSync(join(log.tlogDirectory, 'checkpoint'), older)
    expect(sentencesOf(await log.verify())).toEqual([
      `The memory of the signer has 15 leaves and the tree 10: ${cut}`,
    ])
  })
})
