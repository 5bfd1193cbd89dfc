import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOT_OURS, OURS, openAuditStreams, STEPS, Undone } from '../../test/support/audit-streams.ts'
import { runInBackground } from '../observability/background.ts'
import { runInContext } from '../observability/context.ts'
import { Sensitive } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { drainSpool } from './drain-spool.ts'
import { BATCH, integrateBatch } from './integrate.ts'
import { readStream } from './read.ts'
import { recordGaps } from './record-gaps.ts'

describe('the ladder of the audit log', () => {
  let streams: Awaited<ReturnType<typeof openAuditStreams>>
  beforeAll(async () => {
    streams = await openAuditStreams(40)
  })
  afterAll(() => streams?.close())
  let used = 0
  const nextRef = () => {
    used += 1
    return streams.refs[used - 1] ?? expect.fail('more streams are needed')
  }

  const repair = () =>
    runInBackground(async () => {
      const drained = await drainSpool({ db: streams.integrator, keys: streams.keys })
      const gaps = await recordGaps({ db: streams.database.db, appendEvent: streams.appendEvent })
      return { ...drained, gaps }
    })
  const isBalanced = async () =>
    (await streams.balance()).every((row) => row.places === row.events + row.gaps && row.spooled === 0)
  const read = (streamRef: (typeof streams.refs)[number]) =>
    readStream({ db: streams.database.db, keys: streams.keys }, { streamRef, afterSeq: 0, mayUnseal: true })

  it.each(OURS)('spools an event that its table refuses with %s, and moves it later', async (state) => {
    const ref = nextRef()
    await streams.append(ref, { faults: { audit_event: state }, isSealed: true })
    await streams.append(ref, { isSealed: true })
    expect((await read(ref)).events.map(({ seq }) => seq)).toEqual([2])
    expect(await repair()).toEqual({ moved: 1, stuck: 0, gaps: 0 })
    expect((await read(ref)).events).toMatchObject([
      { seq: 1, metadata: { filename: 'scan 1.pdf' } },
      { seq: 2, metadata: { filename: 'scan 2.pdf' } },
    ])
    const late = await streams.query('select seq, late from audit_event where stream_ref = $1 order by seq', [
      ref,
    ])
    expect(late).toEqual([
      { seq: 1, late: true },
      { seq: 2, late: false },
    ])
  })

  it.each(['audit_pending', 'audit_sealed', 'audit_stream_key'] as const)(
    'spools an event of which %s is refused, whole',
    async (step) => {
      const ref = nextRef()
      await streams.append(ref, { faults: { [step]: '42501' }, isSealed: true })
      const left = await streams.query(
        `select (select count(*) from audit_event where stream_ref = $1)
              + (select count(*) from audit_sealed where stream_ref = $1)
              + (select count(*) from audit_stream_key where stream_ref = $1) as rows`,
        [ref],
      )
      expect(left).toEqual([{ rows: '0' }])
      expect(await repair()).toMatchObject({ moved: 1, stuck: 0 })
      expect((await read(ref)).events).toMatchObject([{ metadata: { filename: 'scan 1.pdf' } }])
    },
  )

  it('spools only the event of a transaction that its table refuses', async () => {
    const [good, bad] = [nextRef(), nextRef()]
    await runInContext({ requestId: 'request-0001', actor: { kind: 'system' } }, () =>
      inTransaction(streams.database.db, async (tx) => {
        for (const ref of [good, bad, good]) {
          const { rows } = await sql<{ seq: number }>`
            update exam set event_seq = event_seq + 1 where stream_ref = ${ref} returning event_seq as seq`.execute(
            tx,
          )
          // A second event in the same place is what the table refuses.
          const seq = ref === bad ? 1 : (rows[0]?.seq ?? 0)
          const stream = { kind: 'exam', ref, seq } as const
          await streams.appendEvent(tx, { action: 'VALIDATE', stream, metadata: { pages: 1 } })
          if (ref === bad)
            await streams.appendEvent(tx, { action: 'VALIDATE', stream, metadata: { pages: 2 } })
        }
      }),
    )
    expect((await read(good)).events.map(({ seq }) => seq)).toEqual([1, 2])
    expect((await read(bad)).events).toMatchObject([{ metadata: { pages: 1 } }])
    expect(await streams.query('delete from audit_spool returning 1')).toHaveLength(1)
  })

  it('lets the later events of a new stream bring its key when the first is refused', async () => {
    const ref = nextRef()
    await runInContext({ requestId: 'request-0001', actor: { kind: 'system' } }, () =>
      inTransaction(streams.database.db, async (tx) => {
        await sql`update exam set event_seq = event_seq + 2 where stream_ref = ${ref}`.execute(tx)
        // The number of the second is taken by the first, and nothing but the table minds.
        for (const seq of [1, 1, 2]) {
          const metadata = { success: true, filename: new Sensitive(`scan ${seq}.pdf`) }
          await streams.appendEvent(tx, { action: 'IMPORT', stream: { kind: 'exam', ref, seq }, metadata })
        }
      }),
    )
    expect((await read(ref)).events.map(({ seq, metadata }) => [seq, metadata['filename']])).toEqual([
      [1, 'scan 1.pdf'],
      [2, 'scan 2.pdf'],
    ])
    expect(await streams.query('delete from audit_spool returning 1')).toHaveLength(1)
  })

  it('lets nothing pass when the transaction fails at its end', async () => {
    const ref = nextRef()
    await streams.query(`create table late_check (id int unique deferrable initially deferred);
                         grant insert on late_check to paraph_app`)
    const failing = runInContext({ requestId: 'request-0001', actor: { kind: 'system' } }, () =>
      inTransaction(streams.database.db, async (tx) => {
        await sql`insert into late_check values (1), (1)`.execute(tx)
        const stream = { kind: 'exam', ref, seq: 1 } as const
        await streams.appendEvent(tx, { action: 'VALIDATE', stream, metadata: { pages: 1 } })
      }),
    )
    await expect(failing).rejects.toMatchObject({ code: '23505', table: 'late_check' })
    expect(await streams.query('select from audit_event where stream_ref = $1', [ref])).toEqual([])
    expect(await streams.query('select from audit_spool')).toEqual([])
  })

  it('turns an event that nothing takes into a GAP that names it, once', async () => {
    const ref = nextRef()
    await streams.append(ref, { faults: { audit_event: '42501', audit_spool: '42501' } })
    await streams.append(ref)
    expect(await repair()).toMatchObject({ gaps: 1 })
    expect(await repair()).toMatchObject({ gaps: 0 })
    const gaps = await streams.query(
      `select stream_kind, metadata from audit_event where action = 'GAP' and metadata->>'stream_ref' = $1`,
      [ref],
    )
    expect(gaps).toEqual([
      { stream_kind: 'system', metadata: { stream_kind: 'exam', stream_ref: ref, missing_seq: 1 } },
    ])
  })

  it('takes no place for a GAP that nothing takes, and records it once something does', async () => {
    const ref = nextRef()
    const tables = 'insert on audit_event, audit_spool'
    await streams.append(ref, { faults: { audit_event: '42501', audit_spool: '42501' } })
    const placesOfSystem = () => streams.query('select event_seq from audit_system_stream')
    const before = await placesOfSystem()
    await streams.query(`revoke ${tables} from paraph_app`)
    for (let turn = 0; turn < 3; turn += 1) await expect(repair()).rejects.toMatchObject({ code: '42501' })
    expect(await placesOfSystem()).toEqual(before)
    await streams.query(`grant ${tables} to paraph_app`)
    expect(await repair()).toMatchObject({ gaps: 1 })
    expect(await isBalanced()).toBe(true)
  })

  it.each(NOT_OURS)('does not swallow %s, which is the whole transaction’s', async (state) => {
    const ref = nextRef()
    const atTable = streams.append(ref, { faults: { audit_event: state } })
    await expect(atTable).rejects.toMatchObject({ code: state })
    const atSpool = streams.append(ref, { faults: { audit_event: '42501', audit_spool: state } })
    await expect(atSpool).rejects.toMatchObject({ code: state })
    const [row] = await streams.query('select event_seq from exam where stream_ref = $1', [ref])
    expect(row).toEqual({ event_seq: 0 })
  })

  it('waits for a lock of the table no longer than a moment, then spools', async () => {
    const ref = nextRef()
    const held = streams.query(
      'begin; lock table audit_event in access exclusive mode; select pg_sleep(1.5); commit',
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    const startedAt = performance.now()
    // The first of its stream, for which more is asked of the log.
    await streams.append(ref, { isSealed: true })
    expect(performance.now() - startedAt).toBeLessThan(1_200)
    await held
    expect(await repair()).toMatchObject({ moved: 1 })
  })

  it('keeps an event that cannot be moved in the spool, and moves the others', async () => {
    const ref = nextRef()
    await streams.query(`insert into audit_spool (leaf, mac) values ('not a leaf', 'x')`)
    await streams.append(ref, { faults: { audit_event: '42501' } })
    expect(await repair()).toMatchObject({ moved: 1, stuck: 1 })
    expect(await streams.query('delete from audit_spool returning 1')).toHaveLength(1)
  })

  it('loses nothing silently, whatever fails in whatever order', { timeout: 120_000 }, async () => {
    const refs = [nextRef(), nextRef(), nextRef()]
    const step = fc.constantFrom(...STEPS)
    const state = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...OURS) },
      { weight: 1, arbitrary: fc.constantFrom(...NOT_OURS) },
    )
    const work = fc.record({
      ref: fc.constantFrom(...refs),
      faults: fc.array(fc.tuple(step, state), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
      isSealed: fc.boolean(),
      isUndone: fc.boolean(),
    })
    const isExpected = (error: unknown) =>
      error instanceof Undone || NOT_OURS.includes((error as { code: string }).code)
    await fc.assert(
      fc.asyncProperty(fc.array(work, { minLength: 1, maxLength: 12 }), async (works) => {
        const ends = await Promise.allSettled(
          works.map(({ ref, ...options }) => streams.append(ref, options)),
        )
        const surprises = ends.filter((end) => end.status === 'rejected' && !isExpected(end.reason))
        expect(surprises).toEqual([])
        await repair()
        expect(await isBalanced()).toBe(true)
      }),
      { numRuns: 25 },
    )
    // What is in the table is in the tree, every event once.
    while ((await integrateBatch({ db: streams.integrator, keys: streams.keys })).taken === BATCH);
    const [tree] = await streams.query(
      `select (select size from audit_tree)::int as size, (select count(*) from audit_event)::int as events,
              (select count(*) from audit_leaf where quarantine is not null)::int as quarantined`,
    )
    expect(tree).toEqual({ size: tree?.['events'], events: tree?.['events'], quarantined: 0 })
  })
})
