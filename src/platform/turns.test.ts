import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurns } from './turns.ts'

test('work under one name is done in turn, also after a failure; other names do not wait', async () => {
  const takeTurns = createTurns<string>()
  const done: string[] = []
  const work =
    (name: string, ms: number, fails = false) =>
    async () => {
      await sleep(ms)
      done.push(name)
      if (fails) throw new Error(name)
    }
  const all = await Promise.allSettled([
    takeTurns('a', work('a1', 60, true)),
    takeTurns('a', work('a2', 1)),
    takeTurns('b', work('b1', 1)),
  ])
  expect(done).toEqual(['b1', 'a1', 'a2'])
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
})
