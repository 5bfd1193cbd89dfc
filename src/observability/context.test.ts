import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { findContext, getContext, runInContext, runWith, type WorkContext } from './context.ts'
import type { Id } from './id.ts'

const COPY = '0198f3a2-7a55-7c11-9d34-0242ac120002' as Id
const SYSTEM = { kind: 'system' } as const

test('outside of any work there is no context, and asking for one is an error', () => {
  expect(findContext()).toBeUndefined()
  expect(() => getContext()).toThrow('no work context')
  expect(() => runWith({ copyId: COPY }, () => undefined)).toThrow('no work context')
})

test('a thousand interleaved pieces of work never see the context of another', async () => {
  const work = async (index: number) => {
    const seen = new Set<string>()
    for (let step = 0; step < 5; step += 1) {
      await sleep((index * 7 + step * 3) % 5)
      await new Promise((resolve) => setImmediate(resolve))
      seen.add(getContext().requestId)
    }
    return [...seen]
  }
  const ids = Array.from({ length: 1_000 }, (_, index) => `request-${index}`)
  const seen = await Promise.all(
    ids.map((requestId, index) => runInContext({ requestId, actor: SYSTEM }, () => work(index))),
  )
  expect(seen).toEqual(ids.map((id) => [id]))
})

test('a nested context replaces the outer one whole, and the outer one comes back', () => {
  runInContext({ requestId: 'outer-one', actor: SYSTEM, copyId: COPY }, () => {
    runInContext({ requestId: 'inner-one', actor: SYSTEM }, () => {
      expect(getContext()).toEqual({ requestId: 'inner-one', actor: SYSTEM })
    })
    expect(getContext()).toMatchObject({ requestId: 'outer-one', copyId: COPY })
  })
  expect(findContext()).toBeUndefined()
})

test('part of a context can be replaced for a while: the actor, once the session is known', () => {
  const actor = { kind: 'operator', ref: COPY } as const
  runInContext({ requestId: 'request-1', actor: SYSTEM }, () => {
    runWith({ actor }, () => expect(getContext()).toEqual({ requestId: 'request-1', actor }))
    expect(getContext().actor).toEqual(SYSTEM)
  })
})

test('nobody can alter a context, neither through it nor through what it was made from', () => {
  const given: { requestId: string; actor: WorkContext['actor'] } = { requestId: 'request-1', actor: SYSTEM }
  runInContext(given, () => {
    given.requestId = 'another'
    expect(getContext().requestId).toBe('request-1')
    expect(() => Object.assign(getContext(), { requestId: 'another' })).toThrow(TypeError)
  })
})

test('a context survives a throw: the error comes out and nothing stays behind', async () => {
  const failing = runInContext({ requestId: 'request-1', actor: SYSTEM }, async () => {
    await sleep(1)
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect(findContext()).toBeUndefined()
})
