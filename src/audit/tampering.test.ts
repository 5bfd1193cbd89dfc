import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openPublishedLog, type PublishedLog } from '../../test/support/published-log.ts'
import { projectLeaf, UNPROJECTED_COLUMNS } from './projection.ts'
import type { VerifyReport } from './verify.ts'

/** The event of a leaf, in SQL. */
const eventOf = (index: number) => `(select event_id from audit_leaf where leaf_index = ${index})`
const flip = (column: string, position: number) =>
  `${column} = set_byte(${column}, ${position}, get_byte(${column}, ${position}) # 1)`
/** A value that is possible in a column, and another than the one that is there. */
const OTHERS: Readonly<Record<string, string>> = {
  stream_kind: "'batch'",
  stream_ref: 'gen_random_uuid()',
  seq: 'seq + 1000',
  action: "'LOCK'",
  actor_kind: "'user', actor_ref = gen_random_uuid()",
  actor_ref: 'gen_random_uuid()',
  exam_ref: 'gen_random_uuid()',
  request_id: "'another-request'",
  occurred_at: "occurred_at + interval '1 microsecond'",
  metadata: `metadata || '{"pages": 12345}'`,
}

describe('a log that a superuser has altered', () => {
  let log: PublishedLog
  let restore: () => Promise<void>
  beforeAll(async () => {
    log = await openPublishedLog(3)
    await log.grow(270)
    await log.grow(30)
    await log.append(3)
    restore = await log.dump()
  })
  afterAll(() => log?.close())
  beforeEach(() => restore())

  const codesOf = ({ findings }: VerifyReport) => [...new Set(findings.map(({ code }) => code))].sort()
  const swap = (table: string, columns: string, [a, b]: readonly [number, number]) => [
    `create temporary table swapped on commit drop as select * from ${table} where leaf_index in (${a}, ${b})`,
    `delete from ${table} where leaf_index in (${a}, ${b})`,
    `insert into ${table} select case t.leaf_index when ${a} then ${b} else ${a} end, ${columns}
       from swapped t join swapped o on o.leaf_index <> t.leaf_index`,
  ]

  it('verifies when it is put back', async () => {
    expect(await log.verify()).toMatchObject({ size: 300, waiting: 3, findings: [] })
  })

  it.each([
    [
      'one byte of a leaf',
      [`update audit_event set ${flip('leaf', 40)} where id = ${eventOf(17)}`],
      { index: 17, codes: ['entry-altered', 'event-unauthentic', 'file-altered'] },
      'The bytes of leaf 17 are not those that were hashed.',
    ],
    [
      'the MAC of a leaf',
      [`update audit_event set ${flip('mac', 20)} where id = ${eventOf(17)}`],
      { index: 17, codes: ['event-unauthentic'] },
      'No key of this installation authenticates leaf 17.',
    ],
    [
      'an event that is gone',
      [`delete from audit_event where id = ${eventOf(17)}`],
      { index: 17, codes: ['entry-missing', 'event-lost'] },
      'The event of leaf 17 is gone.',
    ],
    [
      'a leaf that is gone',
      ['delete from audit_leaf where leaf_index = 17'],
      { index: 17, codes: ['event-unlisted', 'file-altered', 'leaf-missing', 'log-cut', 'out-of-order'] },
      'No leaf has index 17.',
    ],
    [
      'the hash of a leaf',
      [`update audit_leaf set ${flip('leaf_hash', 3)} where leaf_index = 17`],
      { index: 17, codes: ['entry-altered', 'file-altered', 'log-rewritten'] },
      'The bytes of leaf 17 are not those that were hashed.',
    ],
    [
      'two events in the places of each other',
      swap('audit_leaf', 't.event_id, o.leaf_hash, o.quarantine', [17, 18]),
      { index: 17, codes: ['entry-altered', 'file-altered'] },
      'The bytes of leaf 17 are not those that were hashed.',
    ],
    [
      'two leaves of a stream in the places of each other, with their hashes',
      swap('audit_leaf', 't.event_id, t.leaf_hash, t.quarantine', [17, 20]),
      { index: 17, codes: ['file-altered', 'log-rewritten', 'out-of-order'] },
      'The published file tile/entries/000 differs from the log, from leaf 17 on.',
    ],
    [
      'the end of the tree, cut off',
      ['delete from audit_leaf where leaf_index >= 290'],
      { index: 290, codes: ['event-unlisted', 'log-cut', 'tree-differs'] },
      'The record of what was about to be signed has 300 leaves and the tree 290: the log was cut, or an older copy of it restored.',
    ],
    [
      'the end of the tree, cut off with all that the database knows of it',
      [
        'delete from audit_leaf where leaf_index >= 270',
        'delete from audit_signing where size > 270',
        'delete from audit_checkpoint where size > 270',
        `delete from audit_event where id >= (select max(event_id) from audit_leaf) + 1`,
        'delete from audit_pending',
      ],
      { index: 270, codes: ['event-lost', 'log-cut', 'sealed-orphan', 'tree-differs'] },
      'The memory of the signer has 300 leaves and the tree 270: the log was cut, or an older copy of it restored.',
    ],
    [
      'a root that was about to be signed',
      [`update audit_signing set ${flip('root', 0)} where size = 300`],
      { index: undefined, codes: ['head-altered'] },
      'The record of what was about to be signed has another root for 300 leaves than the log has, and has signed.',
    ],
    [
      'the frontier of the tree',
      [`update audit_tree set ${flip('frontier', 0)}`],
      { index: undefined, codes: ['tree-differs'] },
      'The tree is recorded with 300 leaves, and with another size, edge or root than its 300 leaves give.',
    ],
    [
      'a published checkpoint',
      [`update audit_checkpoint set note = replace(note, '270', '271') where size = 270`],
      { index: undefined, codes: ['checkpoint-invalid'] },
      'The record of what was published of 270 leaves is not a checkpoint of this log.',
    ],
  ] as const)('is found with %s', async (_what, statements, { index, codes }, said) => {
    await log.tamper(...statements)
    const report = await log.verify()
    expect(report.firstBadIndex).toBe(index)
    expect(codesOf(report)).toEqual(codes)
    expect(report.findings.map((finding) => finding.sentence)).toContain(said)
  })

  it('is found by the roots alone where there are no published files, between two of them', async () => {
    await log.tamper(...swap('audit_leaf', 't.event_id, t.leaf_hash, t.quarantine', [280, 281]))
    const report = await log.verify({ published: undefined })
    expect([report.firstBadIndex, codesOf(report), report.skipped]).toEqual([
      270,
      ['log-rewritten'],
      ['files'],
    ])
  })

  it('has no column of events that neither the leaf decides nor the list of exceptions names', async () => {
    const columns = await log.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_name = 'audit_event' and table_schema = 'public'`,
    )
    const known = [...Object.keys(OTHERS), ...UNPROJECTED_COLUMNS]
    expect(columns.map(({ name }) => name).sort()).toEqual(known.sort())
    const leaf = { stream: {}, actor: { kind: 'system' } } as Parameters<typeof projectLeaf>[0]
    expect(Object.keys(projectLeaf(leaf)).sort()).toEqual(Object.keys(OTHERS).sort())
  })

  it.each(Object.entries(OTHERS))('is found with another value in column %s', async (column, value) => {
    await log.tamper(
      'alter table audit_event drop constraint if exists audit_event_actor_ref_check, drop constraint if exists audit_event_check',
      `update audit_event set ${column} = ${value} where id = ${eventOf(42)}`,
    )
    const report = await log.verify()
    expect(report).toMatchObject({ firstBadIndex: 42, findingCount: 1 })
    expect(report.findings).toMatchObject([{ code: 'column-altered', column, index: 42 }])
  })
})
