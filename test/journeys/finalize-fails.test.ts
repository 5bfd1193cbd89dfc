import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import {
  awaitGrading,
  eventsOf,
  lockAndScore,
  makeExam,
  makeReadyCopy,
  type Staff,
  until,
} from '../support/builders.ts'
import type { Answer } from '../support/client.ts'
import { runAs } from '../support/database.ts'

const MARKER = 'zzq7-text-of-a-foreign-error'

describe('a renderer that fails three times', () => {
  let app: TestApp
  let staff: Staff
  let path: string
  let failed: Answer['body']
  let isBroken = true

  beforeAll(async () => {
    app = await openTestApp({
      wrapRenderer: (render) => (request) => {
        if (isBroken) throw new Error(MARKER)
        return render(request)
      },
    })
    staff = await makeExam(app)
    path = await makeReadyCopy(staff)
    const lockToken = await lockAndScore(staff.marker, path)
    await staff.marker.post(`${path}/finalize`, { lockToken })
    failed = await awaitGrading(staff.marker, path)
  })
  afterAll(() => app?.close())

  async function finalizeEvents() {
    return (await eventsOf(staff.admin, path)).filter((event) => event.action === 'FINALIZE')
  }

  it('ends in GRADING_FAILED', () => {
    expect(failed).toMatchObject({ status: 'GRADING_FAILED', result: null })
  })

  it('leaves a failed FINALIZE event for each attempt, with final_score, retries, success and a code', async () => {
    expect((await finalizeEvents()).map((event) => event.metadata)).toEqual(
      [0, 1, 2].map((retries) => ({
        success: false,
        retries,
        version: 1,
        error_code: 'internal',
        final_score: 6,
      })),
    )
  })

  it('is measured once for each retry_attempt', async () => {
    for (const attempt of ['1', '2', '3+']) {
      const labels = { status: 'failed', retry_attempt: attempt }
      expect(await app.metric('grading_finalize_duration_seconds_count', labels), attempt).toBe(1)
    }
  })

  it('is logged as CRITICAL once, with the stack and without the text of the error', async () => {
    const line = await until(async () => app.lines.find(({ level }) => level === 'CRITICAL'))
    expect(line).toMatchObject({ event: 'job.exhausted', 'job.queue': 'finalize-copy', 'job.attempt': 3 })
    expect(line['exception.stacktrace']).toContainEqual(expect.stringMatching(/^marking\/finalize\.ts:\d+:/))
    expect(app.lines.filter(({ level }) => level === 'CRITICAL')).toHaveLength(1)
    expect(app.lines.filter(({ event }) => event === 'job.failed').map(({ level }) => level)).toEqual([
      'WARNING',
      'WARNING',
    ])
    expect(JSON.stringify(app.lines)).not.toContain(MARKER)
  })

  it('succeeds when retried by hand, from attempt 1', async () => {
    isBroken = false
    expect((await staff.marker.post(`${path}/retry`)).status).toBe(202)
    expect(await awaitGrading(staff.marker, path)).toMatchObject({
      status: 'GRADED',
      result: { finalScore: 6 },
    })
    expect((await finalizeEvents()).at(-1).metadata).toMatchObject({ success: true, retries: 0 })
    expect(
      await app.metric('grading_finalize_duration_seconds_count', { status: 'success', retry_attempt: '1' }),
    ).toBe(1)
  })

  it('leaves no gap in the stream', async () => {
    const events = await eventsOf(staff.admin, path)
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
  })
})

describe('a failed finalization taken back', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openTestApp({
      wrapRenderer: () => () => {
        throw new Error('broken')
      },
    })
  })
  afterAll(() => app?.close())

  it('may be unlocked to correct, and is READY again', async () => {
    const staff = await makeExam(app)
    const path = await makeReadyCopy(staff)
    const lockToken = await lockAndScore(staff.marker, path)
    await staff.marker.post(`${path}/finalize`, { lockToken })
    await awaitGrading(staff.marker, path)
    const unlocked = await staff.marker.post(`${path}/unlock`)
    expect(unlocked.body.status).toBe('READY')
    expect((await eventsOf(staff.admin, path)).at(-1)).toMatchObject({
      action: 'UNLOCK',
      metadata: { reason: 'correct' },
    })
  })
})

describe('an annotation that is damaged in the database', () => {
  let app: TestApp
  let staff: Staff
  let path: string
  let damagedId: string
  let failed: Answer['body']
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    path = await makeReadyCopy(staff)
    const lockToken = await lockAndScore(staff.marker, path)
    const body = { kind: 'ink', pageNumber: 2, strokes: [[{ x: 0.1, y: 0.1 }]] }
    damagedId = (await staff.marker.post(`${path}/annotations`, { lockToken, body })).body.id
    await runAs(app.database.ownerUrl, `update annotation set strokes = '[{"x": 0.1}]' where id = $1`, [
      damagedId,
    ])
    await staff.marker.post(`${path}/finalize`, { lockToken })
    failed = await awaitGrading(staff.marker, path)
  })
  afterAll(() => app?.close())

  it('fails the finalization at once, with a code of its own', async () => {
    expect(failed).toMatchObject({ status: 'GRADING_FAILED' })
    const ends = (await eventsOf(staff.admin, path)).filter(({ action }) => action === 'FINALIZE')
    expect(ends.map(({ metadata }) => metadata)).toEqual([
      { success: false, retries: 0, version: 1, error_code: 'undrawable-annotation', final_score: 6 },
    ])
  })

  it('is named in the log, with its page', async () => {
    const line = await until(async () => app.lines.find(({ event }) => event === 'finalize.failed'))
    expect(line).toMatchObject({
      ...{ level: 'ERROR', 'error.code': 'undrawable-annotation' },
      ...{ 'annotation.id': damagedId, 'page.index': 1 },
    })
  })

  it('is removed by its marker, after which the copy is graded', async () => {
    await staff.marker.post(`${path}/unlock`)
    const lockToken = (await staff.marker.post(`${path}/lock`)).body.token
    const { annotations } = (await staff.marker.get(`${path}/annotations`)).body
    expect(annotations).toMatchObject([{ id: damagedId, pageNumber: 2, kind: 'ink', strokes: null }])
    const { version } = annotations[0]
    await staff.marker.call('DELETE', `${path}/annotations/${damagedId}`, { lockToken, version })
    await staff.marker.post(`${path}/finalize`, { lockToken })
    expect(await awaitGrading(staff.marker, path)).toMatchObject({ status: 'GRADED' })
  })
})

describe('two simultaneous finalize calls', () => {
  let app: TestApp
  let renders = 0
  beforeAll(async () => {
    app = await openTestApp({
      wrapRenderer: (render) => (request) => {
        renders += 1
        return render(request)
      },
    })
  })
  afterAll(() => app?.close())

  it('render once, and both are answered', async () => {
    const staff = await makeExam(app)
    const path = await makeReadyCopy(staff)
    const lockToken = await lockAndScore(staff.marker, path)
    const answers = await Promise.all(
      [1, 2, 3].map(() => staff.marker.post(`${path}/finalize`, { lockToken })),
    )
    expect(answers.map((answer) => answer.status).every((status) => status === 202 || status === 200)).toBe(
      true,
    )
    expect(await awaitGrading(staff.marker, path)).toMatchObject({ status: 'GRADED' })
    const actions = (await eventsOf(staff.admin, path)).map((event) => event.action)
    expect(actions.filter((action) => action === 'FINALIZE_REQUEST')).toHaveLength(1)
    expect(actions.filter((action) => action === 'FINALIZE')).toHaveLength(1)
    expect(renders).toBe(1)
  })
})
