import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createGate, database, send, untilState, work } from '../../test/support/queue-room.ts'
import { openBoss } from './boss.ts'

test('a worker with nothing to do has looked lately, and so has one that is too busy to look', async () => {
  const gate = createGate()
  const { worker, runs } = work({ work: () => gate.opened, concurrency: 1 })
  await sleep(2_500)
  expect(worker.lastPollAgeSeconds()).toBeLessThan(2)
  const id = await send()
  await expect.poll(() => runs.length, { timeout: 10_000 }).toBe(1)
  await sleep(2_500)
  expect(worker.lastPollAgeSeconds()).toBeLessThan(2)
  gate.open()
  await untilState(id, 'completed')
})

test('a worker that cannot see its queues has not looked since', async () => {
  const lost = await openBoss(database.url, { applicationName: 'paraph-test', supervise: false })
  const { worker } = work({ on: lost })
  await expect.poll(() => worker.lastPollAgeSeconds(), { timeout: 10_000 }).toBeLessThan(1)
  await lost.stop({ graceful: false })
  await sleep(2_500)
  expect(worker.lastPollAgeSeconds()).toBeGreaterThan(1.2)
})
