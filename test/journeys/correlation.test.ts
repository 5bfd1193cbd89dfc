import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finalizeCopyJob } from '../../src/marking/finalize-job.ts'
import { configureLogging } from '../../src/observability/log.ts'
import { openRotatingFile } from '../../src/observability/rotating-file.ts'
import { openLogFiles } from '../../src/operations/log-files.ts'
import { exitCodeOf, type Trace, traceRequest } from '../../src/operations/trace.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { idSchema } from '../../src/platform/contract.ts'
import { inTransaction, openDatabase } from '../../src/platform/database.ts'
import { AppError } from '../../src/platform/errors.ts'
import { newId } from '../../src/platform/ids.ts'
import { type LogLine, openTestApp, type TestApp } from '../support/app.ts'
import { awaitGrading, lockAndScore, makeExam, until } from '../support/builders.ts'
import type { Request } from '../support/client.ts'
import { runAs } from '../support/database.ts'
import { formOf, makeScan } from '../support/scans.ts'

/** The clicks that this test follows, each with an id and a trace of its own. */
const CLICKS = ['upload', 'validate', 'lock', 'finalize'] as const
type Click = (typeof CLICKS)[number]
const idOf = (click: Click) => `click-${click}`
const traceOf = (click: Click) => String(CLICKS.indexOf(click) + 1).padStart(32, 'a')
const as = (click: Click, request: Request = {}): Request => ({
  ...request,
  headers: { 'x-request-id': idOf(click), traceparent: `00-${traceOf(click)}-00f067aa0ba902b7-01` },
})

/** Where a line comes from, by its own words. */
const originOf = (line: LogLine) => [line['request_id'], line['trace_id']]

/** Sends what the application logs into files too, as its processes do. */
function logIntoFiles(app: TestApp, lines: LogLine[]): string {
  const folder = join(app.folder, 'logs')
  const openFile = (name: string) => {
    const file = openRotatingFile(join(folder, 'api', name))
    return {
      write: (line: string) => {
        lines.push(JSON.parse(line))
        file.write(line)
      },
    }
  }
  configureLogging({ app: openFile('app.log'), audit: openFile('audit.log'), now: systemClock.now })
  return folder
}

describe('one id through the whole life of a copy', () => {
  const lines: LogLine[] = []
  let app: TestApp
  let logs: string
  let copyId: string
  let failuresLeft = 1

  beforeAll(async () => {
    app = await openTestApp({
      wrapRenderer: (render) => (request) => {
        failuresLeft -= 1
        if (failuresLeft >= 0) throw new AppError('engine-fault', { title: 'no', retryable: true })
        return render(request)
      },
    })
    logs = logIntoFiles(app, lines)
    const { admin, marker, examId } = await makeExam(app)
    const upload = await admin.post(
      `/api/exams/${examId}/batches?duplicate=allow`,
      as('upload', { form: await formOf(await makeScan(), 'scan.pdf') }),
    )
    copyId = await until(async () => {
      const { body } = await admin.get(`/api/batches/${upload.body.id}`)
      return body.status === 'IMPORTED' ? body.copies[0] : undefined
    })
    const path = `/api/copies/${copyId}`
    await admin.post(`${path}/validate`, as('validate'))
    await admin.post(`/api/exams/${examId}/dispatch`)
    const lock = await marker.post(`${path}/lock`, as('lock'))
    await marker.post(`${path}/unlock`, { lockToken: lock.body.token })
    const lockToken = await lockAndScore(marker, path)
    await marker.post(`${path}/finalize`, as('finalize', { lockToken }))
    expect(await awaitGrading(marker, path)).toMatchObject({ status: 'GRADED' })
    await until(async () => lines.find((line) => line['job.attempt'] === 2 && line.event === 'job.run'))
  })
  afterAll(() => app?.close())

  it('is on every line, and no line is without one', () => {
    expect(lines.length).toBeGreaterThan(30)
    expect(lines.filter((line) => line['request_id'] === undefined)).toEqual([])
  })

  it.each(CLICKS)('is on the one HTTP line of the click (%s), with its trace', (click) => {
    const own = lines.filter((line) => line['request_id'] === idOf(click) && line.event === 'http.request')
    expect(own.map(originOf)).toEqual([[idOf(click), traceOf(click)]])
  })

  it.each([
    ['import-batch', 'upload', [1]],
    ['finalize-copy', 'finalize', [1, 2]],
  ] as const)(
    'is on every line of the job %s that the click started, in each attempt',
    (queue, click, attempts) => {
      const runs = lines.filter((line) => line.event === 'job.run' && line['job.queue'] === queue)
      expect(runs.map((line) => line['job.attempt'])).toEqual(attempts)
      const ofJob = lines.filter((line) => line['job.id'] === runs[0]?.['job.id'])
      expect(ofJob.length).toBeGreaterThan(runs.length)
      expect(ofJob.map(originOf)).toEqual(ofJob.map(() => [idOf(click), traceOf(click)]))
    },
  )

  it('is on every event that the click led to', async () => {
    const events = await runAs<{ request_id: string; actions: string[] }>(
      app.database.ownerUrl,
      `select request_id, array_agg(action order by id) as actions from audit_event
        where request_id like 'click-%' group by request_id order by min(id)`,
    )
    expect(events).toEqual([
      { request_id: 'click-upload', actions: ['UPLOAD', 'IMPORT'] },
      { request_id: 'click-validate', actions: ['VALIDATE'] },
      { request_id: 'click-lock', actions: ['LOCK'] },
      { request_id: 'click-finalize', actions: ['FINALIZE_REQUEST', 'FINALIZE', 'FINALIZE'] },
    ])
  })

  it('must be there before a job can be made', async () => {
    const payload = { copyId: newId(), version: 1 }
    const orphan = inTransaction(app.services.db, (tx) => app.services.enqueue(tx, finalizeCopyJob, payload))
    await expect(orphan).rejects.toThrow('no work context')
  })

  const trace = (requestId: string, sources: { logs?: string; database?: 'absent' | 'nowhere' } = {}) => {
    const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/nothing', { applicationName: 'paraph-test' })
    const { database } = sources
    return traceRequest(
      {
        now: systemClock.now,
        openLogs: () => openLogFiles(sources.logs ?? logs),
        openDatabase: async () =>
          database === 'absent' ? 'absent' : database === 'nowhere' ? nowhere : app.services.db,
      },
      requestId,
    ).finally(() => nowhere.destroy())
  }
  const brief = ({ entries }: Trace) =>
    entries.map(({ kind, what, outcome = '' }) => `${kind} ${what} ${outcome}`.trim())
  const STORY_FROM_DATABASE = [
    'event FINALIZE_REQUEST',
    'event FINALIZE engine-fault',
    'attempt finalize-copy, attempt 2 completed',
    'event FINALIZE success',
  ]

  it('tells the story of the finalization: click, both attempts, failure and events, each once and in order', async () => {
    const story = await trace(idOf('finalize'))
    expect(brief(story).filter((line) => !line.startsWith('note'))).toEqual([
      'request POST /api/copies/:copyId/finalize 202',
      'event FINALIZE_REQUEST',
      'attempt finalize-copy, attempt 1 retry',
      'event FINALIZE engine-fault',
      expect.stringMatching(/^failure finalize\.failed engine-fault, AppError, /),
      expect.stringMatching(/^failure job\.failed engine-fault, AppError, /),
      'attempt finalize-copy, attempt 2 completed',
      'event FINALIZE success',
    ])
    expect(story.summary).toMatchObject({ requests: 1, attempts: 2, events: 3, failures: 1, pending: 0 })
    expect(story.summary.durationMs).toBeGreaterThan(1_000)
    expect(new Set(story.entries.flatMap(({ about }) => about.slice(0, 1).map(({ id }) => id)))).toEqual(
      new Set([copyId]),
    )
    expect(story.entries.map(({ at }) => at)).toEqual(story.entries.map(({ at }) => at).sort())
    expect(exitCodeOf(story)).toBe(0)
  })

  it('tells what the logs know when the database cannot be asked', async () => {
    const story = await trace(idOf('finalize'), { database: 'nowhere' })
    expect(story.database).toEqual({ state: 'unreachable', errorCode: 'econnrefused' })
    expect(story.summary).toMatchObject({ requests: 1, attempts: 2, events: 3, failures: 1 })
    expect(exitCodeOf(story)).toBe(0)
  })

  it('tells what the database knows when the logs are gone', async () => {
    const story = await trace(idOf('finalize'), { logs: join(app.folder, 'nothing') })
    expect(brief(story).filter((line) => !line.includes('left no line'))).toEqual(STORY_FROM_DATABASE)
    expect(story.summary).toMatchObject({ attempts: 2, events: 3, failures: 1 })
    expect(story.logs.state).toBe('absent')
  })

  it('is unknown for certain only when everything could be asked', async () => {
    expect(exitCodeOf(await trace('nobody-knows'))).toBe(1)
    expect(exitCodeOf(await trace('nobody-knows', { database: 'absent' }))).toBe(1)
    expect(exitCodeOf(await trace('nobody-knows', { database: 'nowhere' }))).toBe(3)
    const nothing = await trace('nobody-knows', { database: 'absent', logs: join(app.folder, 'nothing') })
    expect(exitCodeOf(nothing)).toBe(3)
  })
})

describe('a job that no worker has taken', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
  })
  afterAll(() => app?.close())

  it('is in the story of its click: it waits', async () => {
    const { admin, examId } = await makeExam(app)
    const form = await formOf(await makeScan(), 'scan.pdf')
    const { body } = await admin.post(`/api/exams/${examId}/batches?duplicate=allow`, as('upload', { form }))
    const story = await traceRequest(
      { now: systemClock.now, openLogs: async () => [], openDatabase: async () => app.services.db },
      idOf('upload'),
    )
    expect(story.entries.at(-1)).toMatchObject({
      kind: 'waiting',
      what: 'import-batch, attempt 1',
      outcome: 'waits',
      about: [{ kind: 'batch', id: idSchema.parse(body.id) }],
    })
    expect(story.summary).toMatchObject({ attempts: 0, events: 1, pending: 1 })
  })
})
