import { describe, expect, test } from 'vitest'
import {
  boss,
  createGate,
  job,
  letHeartbeatStop,
  letRetryTimePass,
  lines,
  linesOf,
  rows,
  SYSTEM,
  send,
  TRACE,
  until,
  untilEnd,
  untilState,
  work,
} from '../../test/support/queue-room.ts'
import { runInContext } from '../observability/context.ts'
import { log } from '../observability/log.ts'
import { AppError } from '../platform/errors.ts'
import { newId, newRef } from '../platform/ids.ts'
import { startSweeper } from './sweep.ts'
import { listenForJobs } from './wake.ts'

const NOWHERE = 'postgres://nobody@127.0.0.1:1/nothing'
const OWN_ID = /^job-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TRACE_ID = TRACE.split('-')[1]
const CLICK = { requestId: 'click-0042', traceparent: TRACE }

/** What each line says of where it comes from. */
const originsOf = (found: readonly Record<string, unknown>[]) =>
  found.map((line) => [line['request_id'], line['trace_id']])

describe('every line of a job', () => {
  test('carries the request and the trace of the click, through all attempts', async () => {
    work({
      work: async ({ job: { attempt } }) => {
        log.grading.info('finalize.requested')
        if (attempt < 3) throw new AppError('engine-fault', { title: 'no', retryable: true })
      },
    })
    const id = await send(undefined, CLICK)
    await untilEnd(id, 'completed')
    await until(() => linesOf('job.run').length === 3)
    expect(lines.map((line) => [line['event'], line['job.id'], line['job.attempt']])).toEqual([
      ['finalize.requested', id, 1],
      ['job.run', id, 1],
      ['job.failed', id, 1],
      ['finalize.requested', id, 2],
      ['job.run', id, 2],
      ['job.failed', id, 2],
      ['finalize.requested', id, 3],
      ['job.run', id, 3],
    ])
    expect(originsOf(lines)).toEqual(lines.map(() => [CLICK.requestId, TRACE_ID]))
  })

  test('carries them when its workers died and it is declared lost', async () => {
    const gate = createGate()
    const { lost } = work({ concurrency: 3, work: () => gate.opened })
    await send(undefined, CLICK)
    await until(async () => {
      await letHeartbeatStop()
      await letRetryTimePass()
      return lost.length === 1
    })
    await until(() => linesOf('job.lost').length === 1)
    gate.open()
    expect(originsOf(lines)).toEqual(lines.map(() => [CLICK.requestId, TRACE_ID]))
  })

  test('carries them even when its payload cannot be read', async () => {
    work()
    const id = newRef()
    const envelope = { ...CLICK, jobId: id }
    await boss.send(job.queue, { envelope, payload: {} }, { id, retryLimit: 0 })
    await untilState(id, 'failed')
    await until(() => linesOf('job.failed').length > 0)
    expect(linesOf('job.failed')[0]).toMatchObject({ 'job.id': id, 'job.attempt': 1 })
    expect(originsOf(lines)).toEqual(lines.map(() => [CLICK.requestId, TRACE_ID]))
  })

  test('has the id of the job itself when nothing says where it comes from', async () => {
    work()
    const id = newRef()
    await boss.send(job.queue, {}, { id, retryLimit: 0 })
    await untilState(id, 'failed')
    await until(() => linesOf('job.failed').length > 0)
    expect(linesOf('job.failed')[0]).toMatchObject({ request_id: `job-${id}` })
    expect((await rows())[0]?.state).toBe('failed')
  })
})

describe('what nobody asked for has a request id of its own', () => {
  const untilLine = (event: string) => until(() => linesOf(event).length > 0)
  const expectOwn = (event: string) =>
    expect(linesOf(event)[0]).toMatchObject({ request_id: expect.stringMatching(OWN_ID), user_id: 'system' })

  test('a look for jobs that fails', async () => {
    const broken = new Proxy(boss, {
      get: (target, name) =>
        name === 'fetch'
          ? async () => {
              throw new Error('broken')
            }
          : Reflect.get(target, name),
    })
    work({ on: broken })
    await untilLine('queue.fetch-failed')
    expectOwn('queue.fetch-failed')
  })

  test('a listening connection that cannot be opened', async () => {
    const listener = listenForJobs(NOWHERE, 'paraph-test', () => undefined)
    await untilLine('queue.fetch-failed')
    await listener.close()
    expectOwn('queue.fetch-failed')
  })

  test('a sweeper that finds no database', async () => {
    const sweeper = startSweeper({ url: NOWHERE, applicationName: 'paraph-test', tasks: [] })
    await untilLine('job.schedule-failed')
    await sweeper.stop()
    expectOwn('job.schedule-failed')
  })

  test('an error of the queue library, although a request was about when it came', () => {
    runInContext({ requestId: newId(), actor: SYSTEM }, () => boss.emit('error', new Error('broken')))
    expectOwn('queue.library-error')
  })
})
