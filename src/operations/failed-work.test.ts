import { describe, expect, it } from 'vitest'
import type { LogEvent } from '../observability/events.ts'
import { failedWork } from './failed-work.ts'
import { parseLine } from './log-lines.ts'
import type { Sources } from './probes.ts'

const LOCK = { 'http.request.method': 'POST', 'http.route': '/api/copies/:copyId/lock' }
const JOB = '0f0e0d0c-0000-4000-8000-000000000001'

/** A line as the log writes it, so many seconds after the first. */
const line = (seconds: number, event: LogEvent, request: string, fields: object) =>
  JSON.stringify({
    time: new Date(Date.UTC(2026, 0, 5, 10) + seconds * 1_000).toISOString(),
    ...{ level: 'ERROR', logger: 'app', event, request_id: request },
    ...fields,
  })
const failed = (seconds: number, request: string, sqlstate?: string) => [
  line(seconds, 'http.failed', request, { 'error.code': 'internal', 'db.response.status_code': sqlstate }),
  answered(seconds, request, 500),
]
const answered = (seconds: number, request: string, status: number, as: object = LOCK) =>
  line(seconds, 'http.request', request, { ...as, 'http.response.status_code': status })

function ask(...texts: string[]) {
  const lines: Sources['lines'] = async (event, text = '') =>
    texts
      .filter((one) => one.includes(`"event":"${event}"`) && new RegExp(text).test(one))
      .map(parseLine)
      .filter((one) => one !== undefined)
  const newest: Sources['newest'] = async (event, text) => (await lines(event, text)).at(-1)
  return failedWork.ask({ lines, newest } as Sources)
}

describe('work that failed', () => {
  it('is told by its request, its route and what the database answered', async () => {
    expect(await ask(...failed(1, 'request-1', '40001'))).toEqual([
      {
        ...{ request: 'request-1', what: '/api/copies/:copyId/lock', code: 'internal', sqlstate: '40001' },
        time: '2026-01-05T10:00:01.000Z',
      },
    ])
  })

  it('counts no longer once the same was done with success', async () => {
    expect(await ask(...failed(1, 'request-1'), answered(2, 'request-2', 200))).toEqual([])
  })

  it.each([
    ['what succeeded came before', answered(0, 'request-2', 200)],
    ['the same was refused', answered(2, 'request-2', 409)],
    ['something else was done', answered(2, 'request-2', 200, { ...LOCK, 'http.request.method': 'GET' })],
  ])('still counts when %s', async (_what, other) => {
    expect(await ask(...failed(1, 'request-1'), other)).toHaveLength(1)
  })

  it('is a job too, as long as no attempt of it has succeeded', async () => {
    const job = { 'job.id': JOB, 'job.queue': 'finalize-copy' }
    const failure = line(1, 'job.failed', 'request-1', { ...job, 'error.code': 'internal' })
    const run = (outcome: string) => line(2, 'job.run', 'request-1', { ...job, 'job.outcome': outcome })
    expect(await ask(failure, run('retry'))).toMatchObject([{ request: 'request-1', what: 'finalize-copy' }])
    expect(await ask(failure, run('completed'))).toEqual([])
  })
})
