import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { makeKeys } from '../../test/support/keys.ts'
import { runInContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { Sensitive } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { newRef } from '../platform/ids.ts'
import { createAppendEvent } from './append.ts'
import { decodeLeaf, isMacOf } from './leaf.ts'
import { projectLeaf } from './projection.ts'
import { readStream } from './read.ts'

const keys = makeKeys()
const clock = { now: () => new Date('2026-03-04T05:06:07.089Z') }
const appendEvent = createAppendEvent({ keys, clock })
const USER = { kind: 'user', id: newRef(), ref: newRef(), role: 'admin' } as const
const inWork = <T>(work: () => Promise<T>) => runInContext({ requestId: 'request-0001', actor: USER }, work)

describe('appending an event', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())

  const append = (ref: Id, seq: number, filename: string) =>
    inWork(() =>
      inTransaction(database.db, (tx) =>
        appendEvent(tx, {
          action: 'IMPORT',
          stream: { kind: 'copy', ref, seq },
          metadata: { success: true, pages: 3, filename: new Sensitive(filename) },
        }),
      ),
    )
  const eventsOf = (ref: Id) =>
    runAs<{ id: string; leaf: Buffer; mac: Buffer; metadata: unknown }>(
      database.ownerUrl,
      `select *, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as occurred_at
         from audit_event where stream_ref = $1 order by id`,
      [ref],
    )
  const read = (streamRef: Id, mayUnseal: boolean) =>
    readStream({ db: database.db, keys }, { streamRef, afterSeq: 0, mayUnseal })

  it('takes request id and actor from the context, and the time from the clock', async () => {
    const ref = newRef()
    await append(ref, 1, 'a.pdf')
    expect(await eventsOf(ref)).toMatchObject([
      {
        action: 'IMPORT',
        actor_kind: 'user',
        actor_ref: USER.ref,
        request_id: 'request-0001',
        metadata: { success: true, pages: 3 },
        occurred_at: '2026-03-04T05:06:07.089000Z',
        late: false,
      },
    ])
  })

  it('keeps the bytes that its columns repeat, authenticated by a key that the database lacks', async () => {
    const ref = newRef()
    await append(ref, 1, 'a.pdf')
    const [row] = await eventsOf(ref)
    const { leaf, mac } = row ?? expect.fail()
    expect(row).toMatchObject(projectLeaf(decodeLeaf(leaf)))
    expect(isMacOf(keys.mac, leaf, mac)).toBe(true)
    expect(isMacOf(makeKeys().mac, leaf, mac)).toBe(false)
    expect(isMacOf(keys.mac, Buffer.concat([leaf, Buffer.from(' ')]), mac)).toBe(false)
  })

  it('queues each event for the tree once', async () => {
    const ref = newRef()
    await append(ref, 1, 'a.pdf')
    await append(ref, 2, 'b.pdf')
    const ids = (await eventsOf(ref)).map(({ id }) => id)
    const queued = await runAs(
      database.ownerUrl,
      'select event_id from audit_pending where event_id = any($1)',
      [ids],
    )
    expect(queued).toHaveLength(2)
  })

  it('keeps sealed members encrypted, opens them for those entitled only', async () => {
    const ref = newRef()
    await append(ref, 1, 'zzq7-sealed-name.pdf')
    await append(ref, 2, 'zzq7-another.pdf')
    const [dump] = await runAs<{ text: string }>(
      database.ownerUrl,
      `select (select string_agg(e::text || encode(leaf, 'escape'), '') from audit_event e)
           || (select string_agg(encode(sealed, 'escape'), '') from audit_sealed)
           || (select string_agg(encode(wrapped, 'escape'), '') from audit_stream_key) as text`,
    )
    expect(dump?.text).toContain('sealed')
    expect(dump?.text).not.toContain('zzq7')
    const namesFor = async (mayUnseal: boolean) =>
      (await read(ref, mayUnseal)).events.map(({ metadata }) => metadata['filename'])
    expect(await namesFor(true)).toEqual(['zzq7-sealed-name.pdf', 'zzq7-another.pdf'])
    expect(await namesFor(false)).toEqual([{ sealed: true }, { sealed: true }])
  })

  it('keeps one key for a stream, made with its first sealed member', async () => {
    const ref = newRef()
    const keysOf = () =>
      runAs(database.ownerUrl, 'select 1 from audit_stream_key where stream_ref = $1', [ref])
    await inWork(() =>
      inTransaction(database.db, (tx) =>
        appendEvent(tx, {
          action: 'VALIDATE',
          stream: { kind: 'copy', ref, seq: 1 },
          metadata: { pages: 1 },
        }),
      ),
    )
    expect(await keysOf()).toHaveLength(0)
    await append(ref, 2, 'a.pdf')
    // Another process, which does not remember the key.
    const elsewhere = createAppendEvent({ keys, clock })
    await inWork(() =>
      inTransaction(database.db, (tx) =>
        elsewhere(tx, {
          action: 'FINALIZE',
          stream: { kind: 'copy', ref, seq: 3 },
          metadata: { success: true, retries: 0, version: 1, final_score: new Sensitive(1_525) },
        }),
      ),
    )
    expect(await keysOf()).toHaveLength(1)
    expect((await read(ref, true)).events[2]?.metadata['final_score']).toBe(15.25)
  })

  it('makes one key for several events of a new stream in one transaction', async () => {
    const ref = newRef()
    await inWork(() =>
      inTransaction(database.db, async (tx) => {
        for (const seq of [1, 2, 3]) {
          const metadata = { success: true, filename: new Sensitive(`${seq}.pdf`) }
          await appendEvent(tx, { action: 'IMPORT', stream: { kind: 'copy', ref, seq }, metadata })
        }
      }),
    )
    const { events } = await read(ref, true)
    expect(events.map(({ metadata }) => metadata['filename'])).toEqual(['1.pdf', '2.pdf', '3.pdf'])
    expect(await runAs(database.ownerUrl, 'select from audit_spool')).toEqual([])
  })

  it('forgets a key that was rolled back with the transaction that made it', async () => {
    const ref = newRef()
    const failing = inWork(() =>
      inTransaction(database.db, async (tx) => {
        const metadata = { success: true, filename: new Sensitive('a.pdf') }
        await appendEvent(tx, { action: 'IMPORT', stream: { kind: 'copy', ref, seq: 1 }, metadata })
        throw new Error('afterwards')
      }),
    )
    await expect(failing).rejects.toThrow('afterwards')
    await append(ref, 1, 'b.pdf')
    expect((await read(ref, true)).events.map(({ metadata }) => metadata['filename'])).toEqual(['b.pdf'])
  })

  it('shows members of a stream whose key was destroyed as erased', async () => {
    const ref = newRef()
    await append(ref, 1, 'a.pdf')
    await runAs(database.eraserUrl, 'delete from audit_stream_key where stream_ref = $1', [ref])
    expect((await read(ref, true)).events[0]?.metadata['filename']).toEqual({ erased: true })
    await runAs(database.eraserUrl, 'delete from audit_sealed where stream_ref = $1', [ref])
    expect((await read(ref, false)).events[0]?.metadata['filename']).toEqual({ erased: true })
  })

  it('is undone with the transaction it is part of', async () => {
    const ref = newRef()
    const failing = inWork(() =>
      inTransaction(database.db, async (tx) => {
        await appendEvent(tx, {
          action: 'VALIDATE',
          stream: { kind: 'copy', ref, seq: 1 },
          metadata: { pages: 1 },
        })
        throw new Error('afterwards')
      }),
    )
    await expect(failing).rejects.toThrow('afterwards')
    expect(await eventsOf(ref)).toHaveLength(0)
  })

  it('holds a score that was taken back', async () => {
    const ref = newRef()
    const metadata = { item_ref: newRef(), version: 2, points: null }
    await inWork(() =>
      inTransaction(database.db, (tx) =>
        appendEvent(tx, { action: 'SCORE', stream: { kind: 'copy', ref, seq: 1 }, metadata }),
      ),
    )
    expect((await read(ref, true)).events[0]?.metadata['points']).toBeNull()
  })

  it.each([
    ['that the action does not name', { pages: 1, student: 'zzq7-intruder' }, 'VALIDATE'],
    ['that somebody has already opened', { success: true, filename: 'zzq7-intruder.pdf' }, 'IMPORT'],
  ] as const)('leaves out metadata %s, says so, and blocks nobody', async (_what, metadata, action) => {
    const stream = { kind: 'copy', ref: newRef(), seq: 1 } as const
    await inWork(() =>
      inTransaction(database.db, (tx) => appendEvent(tx, { action, stream, metadata: metadata as never })),
    )
    const [row] = await eventsOf(stream.ref)
    const { leaf } = row ?? expect.fail()
    expect(decodeLeaf(leaf)).toMatchObject({ action, degraded: true })
    expect(leaf.toString()).not.toContain('zzq7')
    expect(row).toMatchObject({ metadata: {} })
  })

  it('cannot be called outside of a request or a job', async () => {
    const stream = { kind: 'copy', ref: newRef(), seq: 1 } as const
    const orphan = inTransaction(database.db, (tx) =>
      appendEvent(tx, { action: 'VALIDATE', stream, metadata: { pages: 1 } }),
    )
    await expect(orphan).rejects.toThrow('no work context')
  })

  it('gives a long stream in pages', async () => {
    const ref = newRef()
    await inWork(() =>
      inTransaction(database.db, async (tx) => {
        for (let seq = 1; seq <= 1_005; seq += 1) {
          await appendEvent(tx, {
            action: 'VALIDATE',
            stream: { kind: 'copy', ref, seq },
            metadata: { pages: seq },
          })
        }
      }),
    )
    const query = { streamRef: ref, mayUnseal: false }
    const first = await readStream({ db: database.db, keys }, { ...query, afterSeq: 0 })
    expect(first).toMatchObject({ nextAfter: 1_000, events: { length: 1_000 } })
    const second = await readStream({ db: database.db, keys }, { ...query, afterSeq: 1_000 })
    expect([second.events.map(({ seq }) => seq), second.nextAfter]).toEqual([
      [1_001, 1_002, 1_003, 1_004, 1_005],
      undefined,
    ])
  })
})
