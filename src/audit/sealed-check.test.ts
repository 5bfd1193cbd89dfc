import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { runInContext } from '../observability/context.ts'
import { inTransaction } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import type { VerifyReport } from './verify.ts'

const sentencesOf = ({ findings }: VerifyReport) => findings.map(({ sentence }) => sentence)

describe('sealed members', () => {
  let log: PublishedLog
  let restore: () => Promise<void>
  let ref: PublishedLog['refs'][number]
  beforeAll(async () => {
    log = await openPublishedLog(2)
    ref = log.refs[0] ?? expect.fail('no stream')
    for (let i = 0; i < 4; i += 1) await log.appendTo(ref, { isSealed: true })
    await log.integrate()
    for (let i = 0; i < 2; i += 1) await log.appendTo(ref, { isSealed: true })
    restore = await log.dump()
  })
  afterAll(() => log?.close())
  beforeEach(() => restore())
  const member = (seq: number) =>
    `(select sealed from audit_sealed where stream_ref = '${ref}' and seq = ${seq})`
  const put = (seq: number, sealed: string) =>
    `update audit_sealed set sealed = ${sealed} where stream_ref = '${ref}' and seq = ${seq}`

  it('open to what their events commit to, in the tree and on the way to it', async () => {
    expect(await log.verify()).toMatchObject({ size: 4, waiting: 2, sealedOpened: 6, findings: [] })
  })

  it.each([
    ['in the place of another one', (): string[] => [put(2, member(3))], 'leaf 1'],
    ['with a byte changed', () => [put(2, `set_byte(${member(2)}, 40, 0)`)], 'leaf 1'],
    ['of an event that waits', () => [put(6, member(5))], 'number 6 of stream STREAM'],
  ])('are found altered: one %s', async (_how, statements, place) => {
    await log.tamper(...statements())
    expect(sentencesOf(await log.verify())).toEqual([
      `The sealed member filename of ${place.replace('STREAM', ref)} is not what the event commits to.`,
    ])
  })

  it('are found when their key is gone and nobody was erased', async () => {
    await log.tamper('delete from audit_stream_key')
    const report = await log.verify()
    expect(report).toMatchObject({ sealedOpened: 0, findingCount: 6, firstBadIndex: 0 })
  })

  it('are missed when nobody was erased', async () => {
    await log.tamper(`delete from audit_sealed where seq in (3, 4)`)
    expect(sentencesOf(await log.verify())).toEqual([
      'The sealed member filename of leaf 2 is gone, and no ERASE says so.',
    ])
  })

  it('are not missed once an ERASE says so, and may not come back', async () => {
    const [key] = await log.query<{ key: string }>(
      `select encode(wrapped, 'hex') as key from audit_stream_key`,
    )
    await runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
      inTransaction(log.database.db, async (tx) => {
        await log.appendEvent(tx, {
          action: 'ERASE',
          stream: { kind: 'exam', ref, seq: 7 },
          metadata: { reason_code: 'request', fields: 6, files: 0 },
        })
      }),
    )
    await log.tamper(
      `update exam set event_seq = 7 where stream_ref = '${ref}'`,
      'delete from audit_sealed',
      'delete from audit_stream_key',
    )
    expect(await log.verify()).toMatchObject({ sealedOpened: 0, findings: [] })
    await log.tamper(
      `insert into audit_stream_key values ('${ref}', gen_random_uuid(), decode('${key?.key}', 'hex'))`,
    )
    expect(sentencesOf(await log.verify())).toEqual([
      `Stream ${ref} was erased and still has a key or sealed members.`,
    ])
  })

  it.each([
    ['of another name', 2, 'leaf 1'],
    ['of an event that there is not', 9, 'number 9 of stream STREAM'],
  ])('are found that no event commits to: one %s', async (_what, seq) => {
    await log.tamper(
      `insert into audit_sealed (stream_ref, seq, field, sealed) values ('${ref}', ${seq}, 'note', 'x')`,
    )
    expect(sentencesOf(await log.verify())).toEqual([
      `Number ${seq} of stream ${ref} has a sealed member (note) that no event commits to.`,
    ])
  })

  it('are not opened without the key, which is said, and are missed all the same', async () => {
    await log.tamper(put(2, member(3)))
    const report = await log.verify({ keys: undefined })
    expect(report).toMatchObject({
      sealedOpened: 0,
      findings: [],
      skipped: ['authenticity', 'sealed-members'],
    })
    await log.tamper('delete from audit_sealed where seq = 3')
    expect(await log.verify({ keys: undefined })).toMatchObject({
      findings: [{ code: 'sealed-missing', index: 2 }],
    })
  })
})
