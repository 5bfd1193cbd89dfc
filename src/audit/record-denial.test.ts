import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { makeKeys } from '../../test/support/keys.ts'
import { runInContext } from '../observability/context.ts'
import type { Id } from '../observability/id.ts'
import type { Tx } from '../platform/database.ts'
import { newRef } from '../platform/ids.ts'
import { createAppendEvent } from './append.ts'
import { createRecordDenial } from './record-denial.ts'

const session = { accountId: newRef(), actorRef: newRef(), role: 'student' } as const
const denial = { method: 'GET', route: '/api/accounts', error_code: 'role-not-allowed' } as const

describe('denials', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database?.drop())

  /** A recorder whose streams are numbered from 1, and a clock that is set. */
  function open() {
    const streams = new Map<Id, { ref: Id; seq: number }>()
    const state = { now: new Date('2026-03-04T05:06:00.000Z'), isFailing: false, taken: 0 }
    const takeAccountPosition = async (_tx: Tx, accountId: Id) => {
      state.taken += 1
      if (state.isFailing) throw new Error('the database is gone')
      const stream = streams.get(accountId) ?? { ref: newRef(), seq: 0 }
      streams.set(accountId, { ...stream, seq: stream.seq + 1 })
      return { kind: 'account', ref: stream.ref, seq: stream.seq + 1 } as const
    }
    const deps = {
      db: database.db,
      appendEvent: createAppendEvent({ keys: makeKeys() }),
      takeAccountPosition,
    }
    const record = createRecordDenial(deps, { now: () => state.now })
    const actor = { kind: 'user', id: session.accountId, ref: session.actorRef, role: session.role } as const
    return {
      state,
      record: (...given: Parameters<typeof record>) =>
        runInContext({ requestId: 'request-0001', actor }, () => record(...given)),
      eventsOf: (accountId: Id) =>
        runAs<{ action: string; metadata: object }>(
          database.ownerUrl,
          'select action, metadata from audit_event where stream_ref = $1 order by seq',
          [streams.get(accountId)?.ref],
        ),
    }
  }

  it('of one account and route within a minute are one event; others are others', async () => {
    const { state, record, eventsOf } = open()
    await Promise.all([record(session, denial), record(session, denial)])
    await record(session, { ...denial, method: 'POST' })
    await record(session, { ...denial, route: '/api/exams' })
    const other = { ...session, accountId: newRef() }
    await record(other, denial)
    state.now = new Date('2026-03-04T05:06:59.999Z')
    await record(session, denial)
    expect(await eventsOf(session.accountId)).toEqual([
      { action: 'DENY', metadata: denial },
      { action: 'DENY', metadata: { ...denial, method: 'POST' } },
      { action: 'DENY', metadata: { ...denial, route: '/api/exams' } },
    ])
    expect(await eventsOf(other.accountId)).toHaveLength(1)
    state.now = new Date('2026-03-04T05:07:00.000Z')
    await record(session, denial)
    expect(await eventsOf(session.accountId)).toHaveLength(4)
  })

  it('that could not be written are written with the next', async () => {
    const { state, record, eventsOf } = open()
    state.isFailing = true
    await expect(record(session, denial)).rejects.toThrow('the database is gone')
    state.isFailing = false
    await record(session, denial)
    expect(await eventsOf(session.accountId)).toHaveLength(1)
    expect(state.taken).toBe(2)
  })
})
