import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inWork, openTestRoom, type TestRoom } from '../../test/support/people-room.ts'
import { reveal } from '../observability/sensitive.ts'
import { newRef } from '../platform/ids.ts'
import { revealActor } from './reveal-actor.ts'

describe('revealing an actor', () => {
  let room: TestRoom
  beforeAll(async () => {
    room = await openTestRoom()
  })
  afterAll(() => room?.drop())

  it('gives name and role, and is an event of who asked, with the reason', async () => {
    const [auditor, marker] = [await room.add({ role: 'auditor' }), await room.add({ name: 'Yann Plageois' })]
    const request = { actorRef: marker.actorRef, reasonCode: 'appeal' }
    const person = await inWork(() => revealActor(room.deps, auditor, request))
    expect([reveal(person.name, 'show-to-entitled-user'), person.role]).toEqual(['Yann Plageois', 'marker'])
    expect((await room.events(auditor.accountId)).at(-1)).toMatchObject({
      action: 'REVEAL',
      metadata: { actor_ref: marker.actorRef, reason_code: 'appeal' },
    })
    expect(await room.events(marker.accountId)).toHaveLength(1)
  })

  it('of nobody gives nothing and leaves no event', async () => {
    const auditor = await room.add({ role: 'auditor' })
    const request = { actorRef: newRef(), reasonCode: 'appeal' }
    await expect(inWork(() => revealActor(room.deps, auditor, request))).rejects.toMatchObject({
      code: 'not-found',
    })
    expect(await room.events(auditor.accountId)).toHaveLength(1)
  })

  it('gives no name that is not in the log: both are undone together', async () => {
    const [auditor, marker] = [await room.add({ role: 'auditor' }), await room.add()]
    const appendEvent = () => Promise.reject(new Error('the connection is gone'))
    const request = { actorRef: marker.actorRef, reasonCode: 'appeal' }
    const refused = inWork(() => revealActor({ ...room.deps, appendEvent }, auditor, request))
    await expect(refused).rejects.toThrow('the connection is gone')
    expect(await room.events(auditor.accountId)).toHaveLength(1)
  })
})
