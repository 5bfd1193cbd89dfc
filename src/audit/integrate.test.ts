import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeUnderLoad } from '../../test/support/audit-load.ts'
import { openAuditStreams } from '../../test/support/audit-streams.ts'
import type { Id } from '../observability/id.ts'
import { openDatabase } from '../platform/database.ts'
import { integrateBatch, TreeMoved } from './integrate.ts'
import { listEntries, listLeafHashes, readTree } from './integrate-store.ts'
import { macLeaf } from './leaf.ts'
import { Frontier, hashLeaf } from './tlog/merkle.ts'

describe('the integrator', () => {
  let streams: Awaited<ReturnType<typeof openAuditStreams>>
  beforeEach(async () => {
    streams = await openAuditStreams(10)
  })
  afterEach(() => streams?.close())
  const ref = (index: number): Id => streams.refs[index] ?? expect.fail('no such stream')
  const integrate = (limit?: number) => integrateBatch({ db: streams.integrator, keys: streams.keys }, limit)
  /** As a superuser who knows how to get round the triggers. */
  const tamper = (statement: string, values: unknown[] = []) => streams.query(statement, values)

  /** The root of a tree of what would be published, by the tree's own definition. */
  async function rebuild() {
    const { size } = await readTree(streams.integrator)
    const frontier = new Frontier()
    for (const entry of await listEntries(streams.integrator, 0, size)) {
      frontier.appendLeaf(entry ?? expect.fail('an entry is missing'))
    }
    return frontier.root()
  }

  it('gives each event one place in the order of its stream, in batches of any size', async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      await streams.append(ref(0))
      await streams.append(ref(1), { isSealed: true })
    }
    const sizes = [await integrate(3), await integrate(4), await integrate(4), await integrate(4)]
    expect(sizes.map(({ taken, size }) => [taken, size])).toEqual([
      [3, 3],
      [4, 7],
      [1, 8],
      [0, 8],
    ])
    const order = await streams.query<{ stream_ref: string; seq: number }>(
      'select stream_ref, seq from audit_leaf l join audit_event e on e.id = l.event_id order by leaf_index',
    )
    const seqsOf = (stream: Id) => order.filter((row) => row.stream_ref === stream).map(({ seq }) => seq)
    expect([seqsOf(ref(0)), seqsOf(ref(1))]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ])
    expect((await readTree(streams.integrator)).root).toEqual(await rebuild())
  })

  it('hashes the bytes as they are stored', async () => {
    await streams.append(ref(0))
    await integrate()
    const [entry] = await listEntries(streams.integrator, 0, 1)
    const [hash] = await listLeafHashes(streams.integrator, 0, 1)
    expect(hash).toEqual(hashLeaf(entry ?? expect.fail('an entry is missing')))
  })

  it('lets only one of two leaders grow the tree, and loses nothing', async () => {
    for (let turn = 0; turn < 20; turn += 1) await streams.append(ref(0))
    const second = openDatabase(streams.database.integratorUrl, { applicationName: 'paraph-test' })
    const ends = await Promise.allSettled(
      Array.from({ length: 6 }, (_, index) =>
        integrateBatch({ db: index % 2 ? second : streams.integrator, keys: streams.keys }, 5),
      ),
    )
    await second.destroy()
    const failed = ends.filter((end) => end.status === 'rejected')
    expect(failed.filter(({ reason }) => !(reason instanceof TreeMoved))).toEqual([])
    while ((await integrate(5)).taken > 0);
    const [counts] = await streams.query(
      'select count(*)::int as leaves, count(distinct event_id)::int as events, max(leaf_index)::int as last from audit_leaf',
    )
    expect(counts).toEqual({ leaves: 20, events: 20, last: 19 })
    expect((await readTree(streams.integrator)).root).toEqual(await rebuild())
  })

  const forged = (leaf: string, mac: string) =>
    `insert into audit_event (stream_kind, stream_ref, seq, action, actor_kind, request_id, occurred_at, metadata, leaf, mac)
     select stream_kind, $1::uuid, 1, action, actor_kind, request_id, occurred_at, metadata, ${leaf}, ${mac}
       from audit_event order by id limit 1`
  const disabled = (statement: string) =>
    `alter table audit_event disable trigger all; ${statement}; alter table audit_event enable trigger all`

  it.each([
    ['an event without authentication', 'mac', forged('leaf', `decode(repeat('00', 36), 'hex')`)],
    ['the bytes of another event', 'projection', forged('leaf', 'mac')],
  ])('puts a quarantine entry in the place of %s', async (_what, reason, statement) => {
    await streams.append(ref(0))
    await tamper(statement, [ref(1)])
    await tamper(
      'insert into audit_pending select id from audit_event where id not in (select event_id from audit_pending)',
    )
    expect(await integrate()).toEqual({ taken: 2, quarantined: 1, size: 2 })
    const entries = await listEntries(streams.integrator, 0, 2)
    expect(JSON.parse(String(entries[1]))).toMatchObject({ quarantine: reason, v: 1 })
    expect((await readTree(streams.integrator)).root).toEqual(await rebuild())
  })

  it.each([
    ['a changed column', 'projection', `update audit_event set action = 'GAP'`],
    [
      'a changed time',
      'projection',
      `update audit_event set occurred_at = occurred_at + interval '1 microsecond'`,
    ],
    ['a changed document', 'projection', `update audit_event set metadata = '{"pages": 2}'`],
    ['a changed byte', 'mac', `update audit_event set leaf = set_byte(leaf, 20, get_byte(leaf, 20) # 1)`],
    ['a deleted event', 'event-missing', 'delete from audit_event'],
  ])('puts a quarantine entry in the place of %s', async (_what, reason, statement) => {
    await streams.append(ref(0))
    await tamper(disabled(statement))
    expect(await integrate()).toMatchObject({ quarantined: 1, size: 1 })
    const [entry] = await listEntries(streams.integrator, 0, 1)
    expect(JSON.parse(String(entry))).toMatchObject({ quarantine: reason })
  })

  it('quarantines what has a good MAC and is no event', async () => {
    await streams.append(ref(0))
    const leaf = Buffer.from('{"v":1}')
    await tamper(
      `alter table audit_event disable trigger all; update audit_event set leaf = '\\x${leaf.toString('hex')}',
         mac = '\\x${macLeaf(streams.keys.mac, leaf).toString('hex')}'; alter table audit_event enable trigger all`,
    )
    await integrate()
    const [entry] = await listEntries(streams.integrator, 0, 1)
    expect(JSON.parse(String(entry))).toMatchObject({ quarantine: 'encoding' })
  })

  it('gives an event that is queued again no second place', async () => {
    await streams.append(ref(0))
    await integrate()
    await tamper('insert into audit_pending select id from audit_event')
    expect(await integrate()).toMatchObject({ taken: 0, size: 1 })
    expect(await tamper('select 1 from audit_pending')).toEqual([])
  })

  it('keeps the order of every stream under many writers, some of whom give up', {
    timeout: 120_000,
  }, async () => {
    const seen = await writeUnderLoad(streams, { writers: 8, works: 100 })
    expect(seen).toMatchObject({ missed: 0, doubled: 0, disordered: 0 })
    expect(seen.events).toBeGreaterThan(500)
  })
})
