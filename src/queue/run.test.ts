import { setTimeout as sleep } from 'node:timers/promises'
import type { PgBoss } from 'pg-boss'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestDatabase, runAs, type TestDatabase } from '../../test/support/database.ts'
import { getContext, runInContext, type WorkContext } from '../observability/context.ts'
import { configureLogging } from '../observability/log.ts'
import { printMetrics } from '../observability/metrics.ts'
import { inTransaction } from '../platform/database.ts'
import { AppError } from '../platform/errors.ts'
import { newId, newRef } from '../platform/ids.ts'
import { openBoss } from './boss.ts'
import { createEnqueue, type Enqueue } from './enqueue.ts'
import { installQueues } from './install.ts'
import { defineJob, type JobDefinition, lostQueueOf } from './job.ts'
import { clearQueueGauges, collectQueueGauges } from './metrics.ts'
import { defineHandler, type JobHandler, type JobRun, startWorker, type Worker } from './run.ts'

const MARKER = 'ZoeMarqueur'
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const SYSTEM = { kind: 'system' } as const
const payload = z.object({ thingId: z.uuid() })
type Payload = z.output<typeof payload>

/** One queue for each test, so that none sees the jobs of another. */
const QUEUE_COUNT = 27
const jobs = Array.from({ length: QUEUE_COUNT }, (_, index) =>
  defineJob({ queue: `test-${index}`, payload, attempts: 3, expireInSeconds: 60 }),
)

let database: TestDatabase
let boss: PgBoss
let enqueue: Enqueue
let lines: Record<string, unknown>[] = []
let workers: Worker[] = []
let job: JobDefinition<typeof payload>
let nextJob = 0

beforeAll(async () => {
  database = await createTestDatabase()
  await installQueues(database.ownerUrl, jobs as unknown as JobDefinition[])
  boss = await openBoss(database.url, { applicationName: 'paraph-test', supervise: true })
  enqueue = createEnqueue({ boss, retrySeconds: 1 })
})
afterAll(async () => {
  await boss.stop({ graceful: false })
  await database.drop()
})
beforeEach(() => {
  const next = jobs[nextJob]
  nextJob += 1
  if (!next) throw new Error('make more queues')
  job = next
  lines = []
  const memory = { write: (line: string) => void lines.push(JSON.parse(line)) }
  configureLogging({ app: memory, audit: memory, now: () => new Date(0) })
})
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop(5_000)))
  workers = []
  configureLogging(undefined)
})

/** Enqueues as a request does. */
function send(thing: Payload = { thingId: newId() }, context: Partial<WorkContext> = {}): Promise<string> {
  return runInContext({ requestId: newId(), actor: SYSTEM, ...context }, () =>
    inTransaction(database.db, (tx) => enqueue(tx, job, thing)),
  )
}

type Run = { payload: Payload; job: JobRun; context: WorkContext }

/** A worker for the queue of this test; `work` does what the handler does. */
function work(
  handler: {
    work?: (run: Run) => Promise<void>
    onLost?: (lost: Payload, job: { readonly id: string }) => Promise<void>
    concurrency?: number
    on?: PgBoss
  } = {},
): { worker: Worker; runs: Run[]; lost: { payload: Payload; id: string; context: WorkContext }[] } {
  const runs: Run[] = []
  const lost: { payload: Payload; id: string; context: WorkContext }[] = []
  const handlers: JobHandler[] = [
    defineHandler({
      job,
      concurrency: handler.concurrency ?? 1,
      run: async (given, running) => {
        const run = { payload: given, job: running, context: getContext() }
        runs.push(run)
        await handler.work?.(run)
      },
      onLost: async (given, { id }) => {
        lost.push({ payload: given, id, context: getContext() })
        await handler.onLost?.(given, { id })
      },
    }),
  ]
  const worker = startWorker({
    boss: handler.on ?? boss,
    url: database.url,
    applicationName: 'paraph-test',
    handlers,
  })
  workers.push(worker)
  return { worker, runs, lost }
}

type Row = {
  id: string
  name: string
  state: string
  retry_count: number
  output: unknown
  data: unknown
  start_after: Date
}
const rows = (queue = job.queue) =>
  runAs<Row>(database.ownerUrl, 'select * from pgboss.job where name = $1 order by created_on', [queue])
const stateOf = async (id: string) => (await rows()).find((row) => row.id === id)?.state
const untilState = (id: string, state: string) =>
  expect.poll(() => stateOf(id), { timeout: 15_000, interval: 30 }).toBe(state)
const until = (ask: () => unknown) => expect.poll(ask, { timeout: 15_000, interval: 20 }).toBeTruthy()
/** Makes the waiting time of a retry pass. */
const letRetryTimePass = () =>
  runAs(database.ownerUrl, `update pgboss.job set start_after = now() where name = $1 and state = 'retry'`, [
    job.queue,
  ])
/** Makes a worker look dead to the supervisor. */
const letHeartbeatStop = () =>
  runAs(
    database.ownerUrl,
    `update pgboss.job set heartbeat_on = now() - interval '1 hour' where name = $1 and state = 'active'`,
    [job.queue],
  )
/** Runs a job that always ends this way, without its waiting times, until no attempt is left. */
async function untilEnd(id: string, state: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await letRetryTimePass()
        return stateOf(id)
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBe(state)
}
/** Everything that the queue stores, as text. */
const everythingStored = async () =>
  JSON.stringify(
    await runAs(database.ownerUrl, 'select * from pgboss.job where name like $1', [`${job.queue}%`]),
  )
const linesOf = (event: string) => lines.filter((line) => line['event'] === event)
function createGate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

describe('enqueueing', () => {
  test('needs a context, so that no job is without an origin', async () => {
    const orphan = inTransaction(database.db, (tx) => enqueue(tx, job, { thingId: newId() }))
    await expect(orphan).rejects.toThrow('no work context')
    expect(await rows()).toEqual([])
  })

  test('belongs to the transaction: no job is left when it rolls back', async () => {
    const { runs } = work()
    const failing = runInContext({ requestId: newId(), actor: SYSTEM }, () =>
      inTransaction(database.db, async (tx) => {
        await enqueue(tx, job, { thingId: newId() })
        throw new Error('changed my mind')
      }),
    )
    await expect(failing).rejects.toThrow('changed my mind')
    await sleep(1_200)
    expect([await rows(), runs]).toEqual([[], []])
  })

  test('shows the job to workers only once the transaction has committed', async () => {
    const { runs } = work()
    const gate = createGate()
    const sending = runInContext({ requestId: newId(), actor: SYSTEM }, () =>
      inTransaction(database.db, async (tx) => {
        await enqueue(tx, job, { thingId: newId() })
        await gate.opened
      }),
    )
    await sleep(1_200)
    expect(runs).toEqual([])
    gate.open()
    await sending
    await until(() => runs.length === 1)
  })

  test('refuses a payload that is not of its job, and stores no member that the job does not name', async () => {
    await expect(send({ thingId: MARKER })).rejects.toThrow(z.ZodError)
    await send({ thingId: newId(), name: MARKER } as Payload)
    expect(await rows()).toHaveLength(1)
    expect(await everythingStored()).not.toContain(MARKER)
  })

  test('stores the request id and the trace of the click beside the payload', async () => {
    const thingId = newId()
    const id = await send({ thingId }, { requestId: 'click-0001', traceparent: TRACE })
    expect(await rows()).toEqual([
      expect.objectContaining({
        id,
        state: 'created',
        data: { envelope: { requestId: 'click-0001', jobId: id, traceparent: TRACE }, payload: { thingId } },
      }),
    ])
  })
})

describe('a job', () => {
  test('runs in the context of the click that started it, with its own id and its attempt', async () => {
    const { runs } = work()
    const thingId = newId()
    const actor = { kind: 'user', id: newId(), ref: newRef(), role: 'marker' } as const
    const id = await send({ thingId }, { requestId: 'click-0002', traceparent: TRACE, actor })
    await untilState(id, 'completed')
    expect(runs).toEqual([
      {
        payload: { thingId },
        job: { id, attempt: 1, isLastAttempt: false },
        context: { requestId: 'click-0002', traceparent: TRACE, jobId: id, attempt: 1, actor: SYSTEM },
      },
    ])
  })

  test('is one line, with its request, its attempt and its times', async () => {
    work()
    const id = await send(undefined, { requestId: 'click-0003' })
    await until(() => linesOf('job.run').length > 0)
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'INFO',
        logger: 'jobs',
        event: 'job.run',
        request_id: 'click-0003',
        user_id: 'system',
        'job.id': id,
        'job.attempt': 1,
        'job.queue': job.queue,
        'job.outcome': 'completed',
        'job.wait_ms': expect.any(Number),
        duration_ms: expect.any(Number),
      }),
    ])
  })

  test('begins at once, woken by a notification', async () => {
    const { runs } = work()
    await sleep(400)
    const started = performance.now()
    await send()
    await until(() => runs.length === 1)
    expect(performance.now() - started).toBeLessThan(900)
  })

  test('that fails is tried again later, each time later, with the same request id and the next attempt', async () => {
    const { runs } = work({
      work: async ({ job: { attempt } }) => {
        if (attempt < 3) throw new AppError('engine-fault', { title: 'no', retryable: true })
      },
    })
    const id = await send(undefined, { requestId: 'click-0004' })
    const delayOf = async () => {
      const [row] = await runAs<{ delay: number }>(
        database.ownerUrl,
        'select extract(epoch from start_after - now())::float8 as delay from pgboss.job where id = $1',
        [id],
      )
      return row?.delay ?? 0
    }
    await untilState(id, 'retry')
    expect(await delayOf()).toBeGreaterThan(0.5)
    expect(await delayOf()).toBeLessThanOrEqual(2)
    await letRetryTimePass()
    await until(async () => runs.length === 2 && (await stateOf(id)) === 'retry')
    expect(await delayOf()).toBeGreaterThan(1.5)
    expect(await delayOf()).toBeLessThanOrEqual(4)
    await untilEnd(id, 'completed')
    expect(
      runs.map((run) => [run.job.attempt, run.job.isLastAttempt, run.context.attempt, run.context.requestId]),
    ).toEqual([
      [1, false, 1, 'click-0004'],
      [2, false, 2, 'click-0004'],
      [3, true, 3, 'click-0004'],
    ])
    expect(linesOf('job.run').map((line) => line['job.outcome'])).toEqual(['retry', 'retry', 'completed'])
    expect(
      linesOf('job.failed').map((line) => [line['level'], line['error.code'], line['request_id']]),
    ).toEqual([
      ['WARNING', 'engine-fault', 'click-0004'],
      ['WARNING', 'engine-fault', 'click-0004'],
    ])
  })

  test('that fails for a reason nobody foresaw is tried again, and its message is stored nowhere', async () => {
    const { runs } = work({
      work: async () => {
        throw Object.assign(new Error(MARKER, { cause: new TypeError(MARKER) }), {
          code: MARKER,
          detail: MARKER,
        })
      },
    })
    const id = await send()
    await untilEnd(id, 'failed')
    await until(async () => (await rows(lostQueueOf(job.queue)))[0]?.state === 'completed')
    expect(runs).toHaveLength(3)
    expect((await rows())[0]?.output).toEqual({ code: 'internal' })
    expect(await everythingStored()).not.toContain(MARKER)
    expect(JSON.stringify(lines)).not.toContain(MARKER)
  })

  test.each<[string, unknown]>([
    ['a text', MARKER],
    ['nothing', undefined],
    ['an object', { message: MARKER, code: MARKER }],
  ])('that throws what is not an error (%s) has failed all the same', async (_title, thrown) => {
    work({
      work: async ({ job: { attempt } }) => {
        if (attempt === 1) throw thrown
      },
    })
    const id = await send()
    await until(async () => linesOf('job.run').length === 1)
    expect(linesOf('job.run')[0]?.['job.outcome']).toBe('retry')
    await untilEnd(id, 'completed')
    expect(JSON.stringify([lines, await everythingStored()])).not.toContain(MARKER)
  })

  test('that is refused for good is not tried again, and says why by a word', async () => {
    const { runs, lost } = work({
      work: async () => {
        throw new AppError('encrypted', { title: MARKER, problem: { name: MARKER } })
      },
    })
    const id = await send()
    await untilState(id, 'completed')
    await sleep(1_200)
    expect([runs.length, lost.length]).toEqual([1, 0])
    expect((await rows())[0]?.output).toEqual({ code: 'encrypted' })
    expect(linesOf('job.run')[0]?.['job.outcome']).toBe('failed')
    expect(linesOf('job.failed')[0]).toMatchObject({ level: 'ERROR', 'error.code': 'encrypted' })
    expect(JSON.stringify([lines, await everythingStored()])).not.toContain(MARKER)
  })

  test('whose last attempt fails has failed, needs a human, and is handed to its handler as lost', async () => {
    const { runs, lost } = work({
      work: async () => {
        throw new AppError('engine-fault', { title: 'no', retryable: true })
      },
    })
    const thingId = newId()
    const id = await send({ thingId }, { requestId: 'click-0005' })
    await untilEnd(id, 'failed')
    await until(() => lost.length === 1)
    expect(runs.map((run) => run.job.isLastAttempt)).toEqual([false, false, true])
    expect(lost).toEqual([
      {
        payload: { thingId },
        id,
        context: { requestId: 'click-0005', jobId: id, attempt: 3, actor: SYSTEM, traceparent: undefined },
      },
    ])
    expect(linesOf('job.exhausted')).toEqual([
      expect.objectContaining({
        level: 'CRITICAL',
        request_id: 'click-0005',
        'error.code': 'engine-fault',
        'job.attempt': 3,
      }),
    ])
    expect(linesOf('job.lost')).toEqual([])
    expect(linesOf('job.run').map((line) => line['job.outcome'])).toEqual(['retry', 'retry', 'failed'])
  })

  test('whose end could not be recorded is handed over again until it is', async () => {
    let refusals = 1
    const { lost } = work({
      work: async () => {
        throw new Error('no')
      },
      onLost: async () => {
        refusals -= 1
        if (refusals >= 0) throw new Error(MARKER)
      },
    })
    const id = await send()
    await untilEnd(id, 'failed')
    await until(async () => (await rows(lostQueueOf(job.queue)))[0]?.state === 'completed')
    expect(lost.map((end) => end.id)).toEqual([id, id])
    expect(JSON.stringify([lines, await everythingStored()])).not.toContain(MARKER)
  })

  test('that cannot be read fails without its handler, and is a line', async () => {
    const { runs } = work()
    const id = newRef()
    await boss.send(job.queue, { name: MARKER }, { id, retryLimit: 0 })
    await untilState(id, 'failed')
    expect(runs).toEqual([])
    expect((await rows())[0]?.output).toEqual({ code: 'job-unreadable' })
    await until(() => linesOf('job.failed').length > 0)
    expect(linesOf('job.failed')[0]).toMatchObject({ level: 'ERROR', 'error.code': 'job-unreadable' })
    expect(JSON.stringify(lines)).not.toContain(MARKER)
  })
})

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
      'job.queue': job.queue,
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

describe('a worker', () => {
  test('goes on when the database ends its connections', async () => {
    const { runs } = work()
    await send()
    await until(() => runs.length === 1)
    const kill = `select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid()`
    await runAs(database.ownerUrl, kill)
    await until(() =>
      send().then(
        () => true,
        () => false,
      ),
    )
    await until(() => runs.length >= 2)
  })
})

describe('the gauges of the queues', () => {
  test('count the jobs by state and tell how long the oldest waits, at 0 where there are none', async () => {
    await runAs(database.ownerUrl, `delete from pgboss.job where name = 'import-batch'`)
    const insert = (state: string, ago: string) =>
      runAs(
        database.ownerUrl,
        `insert into pgboss.job (name, state, start_after, retry_limit, retry_count, retry_delay, retry_backoff, keep_until, expire_seconds, deletion_seconds)
         values ('import-batch', $1, now() - $2::interval, 2, 0, 0, false, now() + interval '1 day', 60, 60)`,
        [state, ago],
      )
    await insert('created', '100 seconds')
    await insert('retry', '-1 hour')
    await insert('active', '1 hour')
    await insert('completed', '1 hour')
    await collectQueueGauges(database.db)
    const gauges = async () =>
      (await printMetrics()).split('\n').filter((line) => /^grading_queue/.test(line))
    const found = await gauges()
    expect(found).toContain('grading_queue_depth{queue="import-batch",state="waiting"} 2')
    expect(found).toContain('grading_queue_depth{queue="import-batch",state="active"} 1')
    expect(found).toContain('grading_queue_depth{queue="import-batch",state="failed"} 0')
    expect(found).toContain('grading_queue_depth{queue="finalize-copy",state="waiting"} 0')
    const age = found.find((line) =>
      line.startsWith('grading_queue_oldest_waiting_seconds{queue="import-batch"}'),
    )
    expect(Number(age?.split(' ')[1])).toBeGreaterThanOrEqual(100)
    expect(Number(age?.split(' ')[1])).toBeLessThan(160)
    clearQueueGauges()
    expect(await gauges()).toEqual([])
  })
})

test('installing the queues again changes nothing that waits', async () => {
  const id = await send()
  await installQueues(database.ownerUrl, jobs.slice(0, 2) as unknown as JobDefinition[])
  await installQueues(database.ownerUrl, [job] as unknown as JobDefinition[])
  expect(await stateOf(id)).toBe('created')
})
