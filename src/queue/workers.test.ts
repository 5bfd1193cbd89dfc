import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  boss,
  createGate,
  letHeartbeatStop,
  letRetryTimePass,
  linesOf,
  rows,
  send,
  stateOf,
  until,
  untilState,
  work,
} from '../../test/support/queue-room.ts'

describe('several workers', () => {
  test('share the jobs: none runs twice', async () => {
    const some = work({ concurrency: 2, work: () => sleep(5) })
    const others = work({ concurrency: 2, work: () => sleep(5) })
    const ids = await Promise.all(Array.from({ length: 40 }, () => send()))
    await until(async () => (await rows()).every((row) => row.state === 'completed'))
    const ran = [...some.runs, ...others.runs].map((run) => run.job.id)
    expect(ran.sort()).toEqual(ids.sort())
    expect(Math.min(some.runs.length, others.runs.length)).toBeGreaterThan(0)
  })

  test('run as many jobs at once as they may, and no more', async () => {
    let running = 0
    let most = 0
    const { runs } = work({
      concurrency: 3,
      work: async () => {
        running += 1
        most = Math.max(most, running)
        await sleep(60)
        running -= 1
      },
    })
    await Promise.all(Array.from({ length: 9 }, () => send()))
    await until(() => runs.length === 9 && running === 0)
    expect(most).toBe(3)
  })

  test('take over the job of one that died, as its next attempt; the dead one can no longer end it', async () => {
    const gates = [createGate(), createGate()] as const
    const { runs } = work({
      concurrency: 2,
      work: ({ job: { attempt } }) => (attempt === 1 ? gates[0] : gates[1]).opened,
    })
    const id = await send()
    await until(() => runs.length === 1)
    await letHeartbeatStop()
    await until(async () => {
      await letRetryTimePass()
      return runs.length === 2
    })
    gates[0].open()
    await until(() => linesOf('job.run').length === 1)
    expect(await stateOf(id)).toBe('active')
    gates[1].open()
    await untilState(id, 'completed')
    expect(runs.map((run) => run.job.attempt)).toEqual([1, 2])
  })

  test('end a job that every worker died of: it is lost, and a human is told', async () => {
    const gate = createGate()
    const { runs, lost } = work({ concurrency: 3, work: () => gate.opened })
    const id = await send(undefined, { requestId: 'click-0006' })
    await until(async () => {
      await letHeartbeatStop()
      await letRetryTimePass()
      return lost.length === 1
    })
    gate.open()
    expect(runs).toHaveLength(3)
    expect(await stateOf(id)).toBe('failed')
    await until(() => linesOf('job.lost').length === 1)
    expect(linesOf('job.lost')[0]).toMatchObject({
      level: 'CRITICAL',
      request_id: 'click-0006',
      'job.queue': 'import-batch',
    })
  })
})

describe('stopping a worker', () => {
  test('lets the running job end and takes no other', async () => {
    const gate = createGate()
    const { worker, runs } = work({ work: () => gate.opened })
    const [first, second] = [await send(), await send()]
    await until(() => runs.length === 1)
    let stopped = false
    const stopping = worker.stop(10_000).then(() => {
      stopped = true
    })
    await sleep(150)
    expect(stopped).toBe(false)
    gate.open()
    await stopping
    expect([await stateOf(first), await stateOf(second)]).toEqual(['completed', 'created'])
  })

  test('does not wait beyond its deadline', async () => {
    const gate = createGate()
    const { worker, runs } = work({ work: () => gate.opened })
    const id = await send()
    await until(() => runs.length === 1)
    const started = performance.now()
    await worker.stop(200)
    expect(performance.now() - started).toBeLessThan(1_500)
    expect(await stateOf(id)).toBe('active')
    gate.open()
    await untilState(id, 'completed')
  })

  test('waits also for the job that it was just taking', async () => {
    const taken = createGate()
    const hand = createGate()
    // The database's answer to `fetch` is on its way when the worker is told to stop.
    const slow = new Proxy(boss, {
      get: (target, name) =>
        name !== 'fetch'
          ? (Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name))
          : async (queue: string, options: object) => {
              const found = await target.fetch(queue, options)
              if (found.length > 0) {
                taken.open()
                await hand.opened
              }
              return found
            },
    })
    const { worker } = work({ on: slow, work: () => sleep(100) })
    const id = await send()
    await taken.opened
    const stopping = worker.stop(10_000)
    await sleep(50)
    hand.open()
    await stopping
    expect(await stateOf(id)).toBe('completed')
  })
})
