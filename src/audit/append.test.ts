import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { runInContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import { Sensitive } from '../observability/sensitive.ts'
import { inTransaction } from '../platform/database.ts'
import { newRef } from '../platform/ids.ts'
import { createAppendEvent } from './append.ts'
import { readStream } from './read.ts'

const keys = { sessionSecret: 'x', sealing: Buffer.alloc(32, 7) }
const appendEvent = createAppendEvent({ keys })
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
  const count = async (ref: Id) =>
    (await runAs(database.ownerUrl, 'select 1 from audit_event where stream_ref = $1', [ref])).length

  it('takes request id and actor from the context', async () => {
    const ref = newRef()
    await append(ref, 1, 'a.pdf')
    const [row] = await runAs(database.ownerUrl, 'select * from audit_event where stream_ref = $1', [ref])
    expect(row).toMatchObject({
      action: 'IMPORT',
      actor_kind: 'user',
      actor_ref: USER.ref,
      request_id: 'request-0001',
      metadata: { success: true, pages: 3 },
    })
  })

  it('keeps sealed members encrypted, opens them for those entitled only', async () => {
    const ref = newRef()
    await append(ref, 1, 'zzq7-sealed-name.pdf')
    const [dump] = await runAs<{ text: string }>(
      database.ownerUrl,
      `select (select string_agg(e::text, '') from audit_event e) || (select string_agg(encode(sealed, 'escape'), '') from audit_sealed) as text`,
    )
    expect(dump?.text).not.toContain('zzq7')
    const read = (mayUnseal: boolean) =>
      readStream({ db: database.db, keys }, { streamRef: ref, afterSeq: 0, mayUnseal })
    expect((await read(true)).events[0]?.metadata['filename']).toBe('zzq7-sealed-name.pdf')
    expect((await read(false)).events[0]?.metadata['filename']).toEqual({ sealed: true })
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
    expect(await count(ref)).toBe(0)
  })

  it('refuses the same place of a stream twice', async () => {
    const ref = newRef()
    await append(ref, 1, 'a.pdf')
    await expect(append(ref, 1, 'b.pdf')).rejects.toMatchObject({ code: '23505' })
    expect(await count(ref)).toBe(1)
  })

  it('takes no sealed member that somebody has already opened', async () => {
    const stream = { kind: 'copy', ref: newRef(), seq: 1 } as const
    const opened = inWork(() =>
      inTransaction(database.db, (tx) =>
        // @ts-expect-error a file name is a sensitive value until it is sealed
        appendEvent(tx, { action: 'IMPORT', stream, metadata: { success: true, filename: 'zzq7.pdf' } }),
      ),
    )
    await expect(opened).rejects.toThrow('not a sensitive value')
    expect(await count(stream.ref)).toBe(0)
  })

  it('refuses metadata that the action does not name', async () => {
    const metadata = { pages: 1, student: 'Camille' } as unknown as { pages: number }
    const intruding = inWork(() =>
      inTransaction(database.db, (tx) =>
        appendEvent(tx, { action: 'VALIDATE', stream: { kind: 'copy', ref: newRef(), seq: 1 }, metadata }),
      ),
    )
    await expect(intruding).rejects.toThrow()
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
        for (let seq = 1; seq <= 205; seq += 1) {
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
    expect(first).toMatchObject({ nextAfter: 200, events: { length: 200 } })
    const second = await readStream({ db: database.db, keys }, { ...query, afterSeq: 200 })
    expect([second.events.map(({ seq }) => seq), second.nextAfter]).toEqual([
      [201, 202, 203, 204, 205],
      undefined,
    ])
  })
})
