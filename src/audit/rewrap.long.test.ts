import { randomBytes } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import type { Id } from '../observability/id.ts'
import { type Database, openDatabase } from '../platform/database.ts'
import { newRef } from '../platform/ids.ts'
import { type KeyRing, ringOf } from '../platform/key-ring.ts'
import { listStreamKeys } from './append-store.ts'
import { rewrapStreamKeys } from './rewrap.ts'
import { newDataKey, unwrapDataKey } from './sealed.ts'

describe('wrapping the keys of streams anew', () => {
  const [before, after] = [ringOf(randomBytes(32)), ringOf(randomBytes(32))]
  /** As a folder has it after a rotation. */
  const rotated: KeyRing = { current: after.current, find: (id) => after.find(id) ?? before.find(id) }
  let database: TestDatabase | undefined
  let eraser: Database
  let keys: Map<Id, Buffer>

  const close = async () => {
    await eraser?.destroy()
    await database?.drop()
  }
  beforeEach(async () => {
    await close()
    database = await createTestDatabase()
    eraser = openDatabase(database.eraserUrl, { applicationName: 'paraph-test', maxConnections: 3 })
    keys = new Map()
  })
  afterAll(close)

  async function makeStreams(count: number, master: KeyRing): Promise<Id[]> {
    const rows = Array.from({ length: count }, () => {
      const ref = newRef()
      return { ref, ...newDataKey(master, ref) }
    })
    for (const { ref, key } of rows) keys.set(ref, key)
    await runAs(
      database?.url ?? '',
      'insert into audit_stream_key select * from unnest($1::uuid[], $2::uuid[], $3::bytea[])',
      [rows.map(({ ref }) => ref), rows.map(({ keyRef }) => keyRef), rows.map(({ wrapped }) => wrapped)],
    )
    return rows.map(({ ref }) => ref)
  }
  const rewrap = (batch?: number, onProgress: (done: number, of: number) => void = () => undefined) =>
    rewrapStreamKeys({ db: eraser, master: rotated, onProgress }, batch)
  const readAll = async () => {
    const rows = await runAs<{ stream_ref: Id; key_ref: Id }>(
      database?.ownerUrl ?? '',
      'select * from audit_stream_key order by 1',
    )
    return rows.map(({ stream_ref, key_ref }) => ({ stream_ref, key_ref }))
  }

  it('leaves every stream the key it had, to be opened without the master key of before', async () => {
    const refs = await makeStreams(23, before)
    const known = await readAll()
    const progress: string[] = []
    expect(await rewrap(10, (done, of) => progress.push(`${done}/${of}`))).toEqual({
      done: 23,
      unreadable: 0,
    })
    expect(progress).toEqual(['10/23', '20/23', '23/23'])
    for (const { streamRef, wrapped } of await listStreamKeys(eraser, refs)) {
      expect(unwrapDataKey(after, streamRef, wrapped)).toEqual(keys.get(streamRef))
    }
    // Processes remember keys by these names, and would take another for a key that is no longer the stream's.
    expect(await readAll()).toEqual(known)
  })

  it('goes on where it was interrupted, and does nothing twice', async () => {
    await makeStreams(5, before)
    const stop = () => {
      throw new Error('interrupted')
    }
    await expect(rewrap(2, stop)).rejects.toThrow('interrupted')
    expect(await rewrap(2)).toEqual({ done: 3, unreadable: 0 })
    expect(await rewrap(2)).toEqual({ done: 0, unreadable: 0 })
  })

  it('leaves what no master key of the folder opens, and says how many those are', async () => {
    const lost = await makeStreams(3, ringOf(randomBytes(32)))
    await makeStreams(4, before)
    const wrapped = await listStreamKeys(eraser, lost)
    expect(await rewrap(2)).toEqual({ done: 4, unreadable: 3 })
    expect(await listStreamKeys(eraser, lost)).toEqual(wrapped)
  })

  it('brings back no key that is erased at the same time', async () => {
    const refs = await makeStreams(400, before)
    const erased = refs.filter((_, i) => i % 3 === 0)
    let isErased = false
    const erase = async () => {
      for (const ref of erased) {
        await runAs(database?.eraserUrl ?? '', 'delete from audit_stream_key where stream_ref = $1', [ref])
      }
      isErased = true
    }
    const erasing = erase()
    let rounds = 0
    for (; !isErased; rounds += 1) {
      // Round after round, from one master key to the other, for as long as keys are being erased.
      const [current, other] = rounds % 2 === 0 ? [after, before] : [before, after]
      const master = { current: current.current, find: (id: string) => current.find(id) ?? other.find(id) }
      await rewrapStreamKeys({ db: eraser, master, onProgress: () => undefined }, 7)
    }
    await erasing
    expect(rounds).toBeGreaterThan(1)
    const left = (await readAll()).map(({ stream_ref }) => stream_ref)
    expect(left.filter((ref) => erased.includes(ref))).toEqual([])
    expect(left).toHaveLength(refs.length - erased.length)
  })
})
