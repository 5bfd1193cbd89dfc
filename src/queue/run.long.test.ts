import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { runAs } from '../../test/support/database.ts'
import {
  boss,
  database,
  everythingStored,
  job,
  letRetryTimePass,
  lines,
  linesOf,
  MARKER,
  rows,
  SYSTEM,
  send,
  stateOf,
  TRACE,
  until,
  untilEnd,
  untilState,
  work,
} from '../../test/support/queue-room.ts'
import { AppError } from '../platform/errors.ts'
import { newId, newRef } from '../platform/ids.ts'
import { lostQueueOf } from './job.ts'

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
        'job.queue': 'import-batch',
        'job.outcome': 'completed',
        'job.wait_ms': expect.any(Number),
        duration_ms: expect.any(Number),
      }),
    ])
  })

  test('has a line whose duration leads back to its beginning, however long its end took to be recorded', async () => {
    const slow = new Proxy(boss, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (typeof value !== 'function') return value
        return async (...given: unknown[]) => {
          if (name === 'complete') await sleep(300)
          return value.apply(target, given)
        }
      },
    })
    work({ on: slow })
    await send()
    await until(() => linesOf('job.run').length > 0)
    expect(linesOf('job.run')[0]?.['duration_ms']).toBeGreaterThanOrEqual(299)
  })

  test('begins at once, woken by a notification', async () => {
    const { runs } = work()
    // It has just looked: without a notification it would look again in some 800 ms.
    await sleep(200)
    const started = performance.now()
    await send()
    await until(() => runs.length === 1)
    expect(performance.now() - started).toBeLessThan(500)
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
