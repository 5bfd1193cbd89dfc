import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { runAs } from '../../test/support/database.ts'
import {
  createGate,
  database,
  enqueue,
  everythingStored,
  job,
  MARKER,
  type Payload,
  rows,
  SYSTEM,
  send,
  stateOf,
  TRACE,
  until,
  work,
} from '../../test/support/queue-room.ts'
import { runInContext } from '../observability/context.ts'
import { exposeMetrics, publishReadings } from '../observability/metrics.ts'
import { printMetrics } from '../observability/scrape.ts'
import { inTransaction } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { installQueues } from './install.ts'
import type { JobDefinition } from './job.ts'
import { QUEUE_GAUGES, readQueueGauges } from './metrics.ts'

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
    await expect(send({ thingId: MARKER as Payload['thingId'] })).rejects.toThrow(z.ZodError)
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
    exposeMetrics('worker')
    publishReadings(QUEUE_GAUGES, await readQueueGauges(database.db))
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
  })
})

test('installing the queues again changes nothing that waits', async () => {
  const id = await send()
  await installQueues(database.ownerUrl, [job] as unknown as JobDefinition[])
  await installQueues(database.ownerUrl, [job] as unknown as JobDefinition[])
  expect(await stateOf(id)).toBe('created')
})
