import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expireLocks } from '../../src/marking/lock.ts'
import { runInContext } from '../../src/observability/context.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { eventsOf, makeExam, makeReadyCopy, type Staff } from '../support/builders.ts'
import { runAs } from '../support/database.ts'

describe('the lock on a copy', () => {
  let app: TestApp
  let staff: Staff
  let path: string

  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    path = await makeReadyCopy(staff)
  })
  afterAll(() => app?.close())

  const conflicts = (type: string) => app.metric('grading_lock_conflicts_total', { conflict_type: type })
  const lastEvents = async (count: number) =>
    (await eventsOf(staff.admin, path))
      .slice(-count)
      .map(({ action, actor, metadata }) => [action, actor.kind, metadata.reason])
  const endLease = () =>
    runAs(app.database.ownerUrl, `update copy_lock set expires_at = clock_timestamp() - interval '1 second'`)
  const release = async (lockToken: string) => staff.marker.post(`${path}/unlock`, { lockToken })

  it('refuses a second holder, says who holds it since when until when, and counts already_locked', async () => {
    const { token } = (await staff.marker.post(`${path}/lock`)).body
    const refused = await staff.admin.post(`${path}/lock`)
    expect(refused.status).toBe(409)
    expect(refused.body).toMatchObject({
      code: 'already-locked',
      currentStatus: 'LOCKED',
      lock: { holderRef: expect.any(String), since: expect.any(String), until: expect.any(String) },
    })
    expect(await conflicts('already_locked')).toBe(1)
    await release(token)
  })

  it('refuses a write with another token and counts token_mismatch', async () => {
    const { token } = (await staff.marker.post(`${path}/lock`)).body
    const body = { pageNumber: 1, kind: 'tick', x: 0.1, y: 0.1 }
    const foreign = '00000000-0000-4000-8000-000000000000'
    const refused = await staff.marker.post(`${path}/annotations`, { body, lockToken: foreign })
    expect(refused).toMatchObject({ status: 409, body: { code: 'lock-token-mismatch' } })
    const stolen = await staff.admin.post(`${path}/annotations`, { body, lockToken: token })
    expect(stolen).toMatchObject({ status: 409, body: { code: 'lock-token-mismatch' } })
    expect(await conflicts('token_mismatch')).toBe(2)
    await release(token)
  })

  it('refuses a write after the lease is over and counts expired', async () => {
    const { token } = (await staff.marker.post(`${path}/lock`)).body
    await endLease()
    const refused = await staff.marker.post(`${path}/lock/heartbeat`, { lockToken: token })
    expect(refused).toMatchObject({ status: 409, body: { code: 'lock-expired' } })
    expect(await conflicts('expired')).toBe(1)
  })

  it('is swept once the lease is over, and the event is the system’s', async () => {
    await runInContext({ requestId: 'job-sweep-1', actor: { kind: 'system' } }, () =>
      expireLocks(app.services),
    )
    expect((await staff.marker.get(path)).body.status).toBe('READY')
    expect(await lastEvents(1)).toEqual([['UNLOCK', 'system', 'expired']])
    const late = await staff.marker.post(`${path}/lock/heartbeat`, {
      lockToken: '00000000-0000-4000-8000-000000000000',
    })
    expect(late.body.code).toBe('lock-expired')
  })

  it('may be taken at once when the lease is over but not swept yet', async () => {
    await staff.marker.post(`${path}/lock`)
    await endLease()
    const { token } = (await staff.marker.post(`${path}/lock`)).body
    expect(await lastEvents(2)).toEqual([
      ['UNLOCK', 'system', 'expired'],
      ['LOCK', 'user', undefined],
    ])
    await release(token)
  })

  it('is renewed by a heartbeat and by every write', async () => {
    const { token, until } = (await staff.marker.post(`${path}/lock`)).body
    const beat = await staff.marker.post(`${path}/lock/heartbeat`, { lockToken: token })
    expect(Date.parse(beat.body.until)).toBeGreaterThan(Date.parse(until))
    await runAs(
      app.database.ownerUrl,
      `update copy_lock set expires_at = clock_timestamp() + interval '1 minute'`,
    )
    const body = { pageNumber: 1, kind: 'tick', x: 0.1, y: 0.1 }
    await staff.marker.post(`${path}/annotations`, { body, lockToken: token })
    const [row] = await runAs<{ minutes: number }>(
      app.database.ownerUrl,
      `select extract(epoch from expires_at - now())::float8 / 60 as minutes from copy_lock`,
    )
    expect(row?.minutes).toBeGreaterThan(25)
    await release(token)
  })

  it('may be taken over by the holder’s other tab, and the old tab’s writes are refused', async () => {
    const first = (await staff.marker.post(`${path}/lock`)).body.token
    const second = (await staff.marker.post(`${path}/lock/take-over`)).body.token
    expect(await lastEvents(2)).toEqual([
      ['UNLOCK', 'user', 'taken-over'],
      ['LOCK', 'user', undefined],
    ])
    const late = await staff.marker.post(`${path}/lock/heartbeat`, { lockToken: first })
    expect(late.body.code).toBe('lock-token-mismatch')
    expect((await staff.marker.post(`${path}/lock/heartbeat`, { lockToken: second })).status).toBe(200)
    await release(second)
  })

  it('may be ended by an operator with a reason, and by no auditor', async () => {
    await staff.marker.post(`${path}/lock`)
    const operator = await app.signIn('operator')
    const auditor = await app.signIn('auditor')
    const body = { reason: 'marker-unavailable', note: 'rentré chez lui' }
    expect((await auditor.post(`${path}/force-release`, { body })).status).toBe(403)
    expect((await operator.post(`${path}/force-release`, { body })).body.status).toBe('READY')
    const [event] = (await eventsOf(staff.admin, path)).slice(-1)
    expect(event.metadata).toEqual({
      reason: 'forced',
      reason_code: 'marker-unavailable',
      note: 'rentré chez lui',
    })
  })

  it('is not for a marker to whom the copy is not assigned', async () => {
    const stranger = await app.signIn('marker')
    expect((await stranger.post(`${path}/lock`)).body).toMatchObject({ status: 403, code: 'not-assigned' })
  })
})
