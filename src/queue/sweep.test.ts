import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { getContext } from '../observability/context.ts'
import { configureLogging } from '../observability/log.ts'
import { type Sweeper, type SweepTask, startSweeper } from './sweep.ts'

const MARKER = 'ZoeMarqueur'
let database: TestDatabase
let lines: Record<string, unknown>[] = []
let sweepers: Sweeper[] = []

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => {
  lines = []
  const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
  configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
})
afterEach(async () => {
  await Promise.all(sweepers.map((sweeper) => sweeper.stop()))
  sweepers = []
  configureLogging(undefined)
})

function sweep(
  options: { tasks?: SweepTask[]; onLeader?: (isLeader: boolean) => void; url?: string; name?: string } = {},
) {
  const sweeper = startSweeper({
    url: options.url ?? database.url,
    applicationName: options.name ?? 'paraph-test',
    tasks: options.tasks ?? [],
    everyMs: 20,
    ...(options.onLeader ? { onLeader: options.onLeader } : {}),
  })
  sweepers.push(sweeper)
  return sweeper
}
/** A task that counts how often it ran. */
function counting(options: { everyMs?: number; run?: () => Promise<unknown> } = {}) {
  const task = {
    name: 'expire-locks' as const,
    count: 0,
    ...(options.everyMs === undefined ? {} : { everyMs: options.everyMs }),
    run: async () => {
      task.count += 1
      await options.run?.()
    },
  }
  return task
}
const until = (ask: () => unknown) => expect.poll(ask, { timeout: 10_000, interval: 10 }).toBeTruthy()

describe('of two sweepers', () => {
  test('one sweeps, and the other takes over when it stops', async () => {
    const [first, second] = [counting(), counting()]
    const leader = sweep({ tasks: [first] })
    await until(() => leader.isLeader())
    const heir = sweep({ tasks: [second] })
    await until(() => first.count > 5)
    await sleep(200)
    expect([heir.isLeader(), second.count]).toEqual([false, 0])
    await leader.stop()
    const count = first.count
    await until(() => heir.isLeader())
    await until(() => second.count > 2)
    expect([leader.isLeader(), first.count]).toEqual([false, count])
  })

  test('one sweeps at any time, even when they start together and lose their connections', async () => {
    const running = { now: 0, most: 0, times: 0 }
    const run = async () => {
      running.now += 1
      running.most = Math.max(running.most, running.now)
      await sleep(5)
      running.now -= 1
      running.times += 1
    }
    const leaders = () => sweepers.filter((sweeper) => sweeper.isLeader())
    for (let index = 0; index < 4; index += 1) sweep({ tasks: [counting({ run })], name: 'paraph-sweeper' })
    await until(() => running.times > 5)
    expect([leaders().length, running.most]).toEqual([1, 1])
    const ours = `from pg_stat_activity where datname = current_database() and application_name = 'paraph-sweeper'`
    await until(async () => (await runAs(database.ownerUrl, `select 1 ${ours}`)).length === 4)
    expect(await runAs(database.ownerUrl, `select pg_terminate_backend(pid) ${ours}`)).toHaveLength(4)
    // What the old leader was doing when it lost its connection may still be running beside the new one's first task.
    const times = running.times
    await until(() => running.times > times + 2 && leaders().length === 1)
    running.most = 0
    await until(() => running.times > times + 8)
    expect([leaders().length, running.most]).toEqual([1, 1])
  })
})

test('becoming and ceasing to be the leader is told, once each', async () => {
  const told: boolean[] = []
  const sweeper = sweep({ onLeader: (isLeader) => void told.push(isLeader) })
  await until(() => sweeper.isLeader())
  await sleep(100)
  await sweeper.stop()
  await until(() => told.length === 2)
  expect(told).toEqual([true, false])
})

test('a leader that stopped no longer holds the lock when stopping is over', async () => {
  const sweeper = sweep()
  await until(() => sweeper.isLeader())
  await sweeper.stop()
  await expect
    .poll(() => runAs(database.ownerUrl, `select pid from pg_locks where locktype = 'advisory'`), {
      timeout: 2_000,
    })
    .toEqual([])
})

test('each run of a task has a request id of its own', async () => {
  const ids: string[] = []
  const run = async () => {
    const { requestId, actor } = getContext()
    ids.push(requestId)
    expect(actor).toEqual({ kind: 'system' })
  }
  sweep({ tasks: [counting({ run }), counting({ run })] })
  await until(() => ids.length >= 6)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^job-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id))).toEqual([])
})

test('a task that fails is a line with its request id, keeps no other from running, and runs again', async () => {
  const failing = counting({
    run: async () => {
      throw new Error(MARKER)
    },
  })
  const next = counting()
  sweep({ tasks: [failing, next] })
  await until(() => failing.count >= 3 && next.count >= 3)
  expect(lines[0]).toMatchObject({
    level: 'ERROR',
    event: 'job.schedule-failed',
    request_id: expect.stringMatching(/^job-/),
    'task.name': 'expire-locks',
    'exception.type': 'Error',
  })
  expect(JSON.stringify(lines)).not.toContain(MARKER)
})

test('a task runs no more often than it may', async () => {
  const [often, seldom] = [counting(), counting({ everyMs: 60_000 })]
  sweep({ tasks: [often, seldom] })
  await until(() => often.count >= 5)
  expect(seldom.count).toBe(1)
})

test('a sweep that takes longer than the interval is not joined by a second one, and stopping waits for it', async () => {
  let running = 0
  let most = 0
  let ended = 0
  const task = counting({
    run: async () => {
      running += 1
      most = Math.max(most, running)
      await sleep(100)
      running -= 1
      ended += 1
    },
  })
  const sweeper = sweep({ tasks: [task] })
  await until(() => task.count === 2)
  await sweeper.stop()
  expect([most, ended, running]).toEqual([1, 2, 0])
})

test('without a database nobody sweeps, it is said, and stopping does not hang', async () => {
  const task = counting()
  const sweeper = sweep({ tasks: [task], url: 'postgres://nobody@127.0.0.1:1/nothing' })
  await until(() => lines.length >= 2)
  expect(lines[0]).toMatchObject({
    level: 'WARNING',
    event: 'job.schedule-failed',
    'error.code': 'econnrefused',
  })
  await sweeper.stop()
  expect([sweeper.isLeader(), task.count]).toEqual([false, 0])
})
