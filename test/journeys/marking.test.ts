import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import {
  awaitGrading,
  eventsOf,
  lockAndScore,
  makeExam,
  makeReadyCopy,
  RUBRIC,
  type Staff,
} from '../support/builders.ts'

describe('marking a copy', () => {
  let app: TestApp
  let staff: Staff
  let path: string
  let lockToken: string

  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    path = await makeReadyCopy(staff)
    lockToken = (await staff.marker.post(`${path}/lock`)).body.token
  })
  afterAll(() => app?.close())

  const annotate = (body: object) => staff.marker.post(`${path}/annotations`, { body, lockToken })

  it('annotations carry a version: without it 428, a stale one 409 with what is there', async () => {
    const made = (await annotate({ pageNumber: 1, kind: 'comment', x: 0.1, y: 0.2, text: 'à revoir' })).body
    const url = `${path}/annotations/${made.id}`
    expect(await staff.marker.call('PATCH', url, { body: { text: 'vu' }, lockToken })).toMatchObject({
      status: 428,
      body: { code: 'version-required' },
    })
    const changed = await staff.marker.call('PATCH', url, { body: { text: 'vu' }, lockToken, version: 1 })
    expect(changed.body).toMatchObject({ text: 'vu', x: 0.1, version: 2 })
    expect(await staff.marker.call('DELETE', url, { lockToken, version: 1 })).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', currentVersion: 2, current: { text: 'vu' } },
    })
    expect((await staff.marker.call('DELETE', url, { lockToken, version: 2 })).status).toBe(204)
    const events = (await eventsOf(staff.admin, path)).slice(-3)
    expect(events.map(({ action, metadata }) => [action, metadata])).toEqual([
      ['CREATE_ANN', { annotation_id: made.id, page: 1, kind: 'comment' }],
      ['UPDATE_ANN', { annotation_id: made.id, page: 1, version: 2, fields: ['text'] }],
      ['DELETE_ANN', { annotation_id: made.id, page: 1, version: 2 }],
    ])
  })

  it('an annotation sent twice under the client’s id is made once', async () => {
    const body = { id: '018f0000-0000-7000-8000-000000000001', pageNumber: 1, kind: 'tick', x: 0.3, y: 0.3 }
    const [first, second] = [await annotate(body), await annotate(body)]
    expect(second.body).toEqual(first.body)
    const { annotations } = (await staff.marker.get(`${path}/annotations`)).body
    expect(annotations).toHaveLength(1)
  })

  it('scores are checked against the rubric on the server', async () => {
    const { items } = (await staff.marker.get(`${path}/scores`)).body
    const item = items.find((row: { label: string }) => row.label === '1.a')
    const group = items.find((row: { label: string }) => row.label === 'Exercice 1')
    const put = (id: string, points: unknown, version = 0) =>
      staff.marker.call('PUT', `${path}/scores/${id}`, { body: { points }, lockToken, version })
    expect((await put(item.itemId, 3.5)).body).toMatchObject({
      code: 'invalid-score',
      maxPoints: 3,
      step: 0.5,
    })
    expect((await put(item.itemId, 1.25)).body.code).toBe('invalid-score')
    expect((await put(item.itemId, -1)).status).toBe(400)
    expect((await put(group.itemId, 1)).body.code).toBe('unknown-item')
    expect((await put(item.itemId, 2.5)).body).toMatchObject({ total: 2.5, maxTotal: 20, missing: 2 })
    expect((await put(item.itemId, 2)).body).toMatchObject({ code: 'version-conflict', currentVersion: 1 })
    expect((await put(item.itemId, null, 1)).body).toMatchObject({ total: 0, missing: 3 })
  })

  it('is not closed while a score is missing, and says which', async () => {
    const refused = await staff.marker.post(`${path}/finalize`, { lockToken })
    expect(refused).toMatchObject({ status: 422, body: { code: 'marks-incomplete' } })
    expect(refused.body.missingItems).toHaveLength(3)
    expect((await staff.marker.get(path)).body.status).toBe('LOCKED')
  })

  it('a rubric in use cannot be replaced', async () => {
    const exam = (await staff.admin.get(`/api/exams/${staff.examId}`)).body
    const refused = await staff.admin.call('PUT', `/api/exams/${staff.examId}/rubric`, {
      body: RUBRIC,
      version: exam.rubric.version,
    })
    expect(refused.body).toMatchObject({ status: 409, code: 'rubric-in-use' })
  })

  it('a graded copy is reopened as a new version that keeps annotations and scores, and is graded anew', async () => {
    const other = await makeReadyCopy(staff)
    const token = await lockAndScore(staff.marker, other)
    const body = { pageNumber: 1, kind: 'comment', x: 0.5, y: 0.5, text: 'première version' }
    await staff.marker.post(`${other}/annotations`, { body, lockToken: token })
    await staff.marker.post(`${other}/finalize`, { lockToken: token })
    await awaitGrading(staff.marker, other)
    const first = (await staff.admin.get(`${other}/marked`)).bytes

    const reopened = await staff.admin.post(`${other}/reopen`, { body: { reason: 'appeal' } })
    expect(reopened.body).toMatchObject({ status: 'READY', version: 2, result: null })
    const { annotations } = (await staff.marker.get(`${other}/annotations`)).body
    expect(annotations).toMatchObject([{ text: 'première version', version: 1 }])
    expect((await staff.marker.get(`${other}/scores`)).body.total).toBe(6)

    const again = (await staff.marker.post(`${other}/lock`)).body.token
    const url = `${other}/annotations/${annotations[0].id}`
    await staff.marker.call('PATCH', url, { body: { text: 'seconde version' }, lockToken: again, version: 1 })
    await staff.marker.post(`${other}/finalize`, { lockToken: again })
    expect(await awaitGrading(staff.marker, other)).toMatchObject({ status: 'GRADED', version: 2 })
    expect((await staff.admin.get(`${other}/marked`)).bytes.equals(first)).toBe(false)
    const actions = (await eventsOf(staff.admin, other)).map((event) => event.action)
    expect(actions.filter((action) => action === 'IMPORT')).toHaveLength(1)
    expect(actions.slice(actions.indexOf('REOPEN'))).toEqual([
      'REOPEN',
      'LOCK',
      'UPDATE_ANN',
      'FINALIZE_REQUEST',
      'FINALIZE',
      'EXPORT',
    ])
  })
})
