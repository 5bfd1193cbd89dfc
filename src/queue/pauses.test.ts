import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runAs } from '../../test/support/database.ts'
import {
  boss,
  createGate,
  database,
  job,
  send,
  stateOf,
  until,
  untilState,
  work,
} from '../../test/support/queue-room.ts'
import { inTransaction } from '../platform/database.ts'
import { watchPauses } from './pauses.ts'
import { deletePause, insertPause, listPauses } from './store.ts'

const pause = () =>
  inTransaction(database.db, (tx) =>
    insertPause(tx, { queue: job.queue, reasonCode: 'maintenance', pausedBy: null }),
  )
const resume = () => inTransaction(database.db, (tx) => deletePause(tx, job.queue))

test('nothing is taken from a paused queue; what runs ends, and the rest begins once it is resumed', async () => {
  const gate = createGate()
  const { runs, worker } = work({ work: () => gate.opened })
  const running = await send()
  await until(() => runs.length === 1)
  expect(await pause()).toBe(true)
  expect(await listPauses(database.db)).toMatchObject([{ queue: job.queue, reasonCode: 'maintenance' }])
  const waiting = await send()
  gate.open()
  await untilState(running, 'completed')
  await sleep(1_500)
  expect(runs).toHaveLength(1)
  expect(await stateOf(waiting)).toBe('created')
  // A loop that takes nothing has looked all the same.
  expect(worker.lastPollAgeSeconds()).toBeLessThan(2.5)

  expect(await resume()).toBe(true)
  const resumedAt = performance.now()
  await untilState(waiting, 'completed')
  expect(performance.now() - resumedAt).toBeLessThan(4_000)
})

test('no job begins once the pause is there, of an idle worker that has just looked', async () => {
  const { runs } = work()
  const before = await send()
  await untilState(before, 'completed')
  for (const _ of Array.from({ length: 5 })) {
    await pause()
    const waiting = await send()
    await sleep(200)
    await untilState(waiting, 'created')
    expect(runs).toHaveLength(1)
    await runAs(database.ownerUrl, 'delete from pgboss.job')
    await resume()
  }
  await untilState(await send(), 'completed')
})

test('a queue is paused once and resumed once', async () => {
  expect([await pause(), await pause()]).toEqual([true, false])
  expect([await resume(), await resume()]).toEqual([true, false])
  expect(await listPauses(database.db)).toEqual([])
})

test('a worker that may not read the pauses goes on', async () => {
  await runAs(database.ownerUrl, 'revoke select on queue_pause from paraph_app')
  try {
    const { runs } = work()
    const id = await send()
    await untilState(id, 'completed')
    expect(runs).toHaveLength(1)
  } finally {
    await runAs(database.ownerUrl, 'grant select on queue_pause to paraph_app')
  }
})

test('what was last read of the pauses holds for a second, and where nothing can be read', async () => {
  const { isPaused, isPausedNow } = watchPauses(boss)
  expect(await isPaused(job.queue)).toBe(false)
  await pause()
  try {
    expect(await isPaused(job.queue)).toBe(false)
    await sleep(1_100)
    expect(await isPaused(job.queue)).toBe(true)
    await resume()
    expect(await isPaused(job.queue)).toBe(true)
    expect(await isPausedNow(job.queue)).toBe(false)
    await pause()
    expect(await isPausedNow(job.queue)).toBe(true)
    await runAs(database.ownerUrl, 'revoke select on queue_pause from paraph_app')
    await sleep(1_100)
    expect(await isPaused(job.queue)).toBe(true)
    expect(await isPaused('finalize-copy')).toBe(false)
  } finally {
    await runAs(database.ownerUrl, 'grant select on queue_pause to paraph_app')
    await resume()
  }
})
