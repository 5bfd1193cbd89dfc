import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import {
  awaitGrading,
  eventsOf,
  importScan,
  lockAndScore,
  makeExam,
  makeReadyCopy,
  RUBRIC,
} from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { makeScan } from '../support/scans.ts'

describe('a rubric and the copies marked with it', () => {
  let app: TestApp
  beforeAll(async () => {
    app = await openTestApp()
  })
  afterAll(() => app?.close())

  it('a first score and a new rubric at the same moment: one of them wins, and neither is a fault', async () => {
    const staff = await makeExam(app)
    const path = await makeReadyCopy(staff)
    const lockToken = (await staff.marker.post(`${path}/lock`)).body.token
    for (let round = 0; round < 10; round += 1) {
      const { rubric } = (await staff.admin.get(`/api/exams/${staff.examId}`)).body
      const item = rubric.items.find((row: { maxPoints: number | null }) => row.maxPoints !== null)
      const [replaced, scored] = await Promise.all([
        staff.admin.call('PUT', `/api/exams/${staff.examId}/rubric`, {
          body: RUBRIC,
          version: rubric.version,
        }),
        staff.marker.call('PUT', `${path}/scores/${item.id.toUpperCase()}`, {
          body: { points: 1 },
          lockToken: lockToken.toUpperCase(),
          version: 0,
        }),
      ])
      const outcome = [replaced.body.code ?? 'replaced', scored.body.code ?? 'scored']
      expect([
        ['replaced', 'unknown-item'],
        ['rubric-in-use', 'scored'],
        ['rubric-in-use', 'version-conflict'],
      ]).toContainEqual(outcome)
    }
  })

  it('stays as it is once a copy is graded by it, even one without any score', async () => {
    const staff = await makeExam(app)
    const lenient = await staff.admin.post('/api/exams', {
      body: { title: 'Sans obligation', requireAllScores: false, rubric: RUBRIC },
    })
    const examId = lenient.body.id
    await staff.admin.post(`/api/exams/${examId}/markers`, { body: { markerId: staff.marker.accountId } })
    const path = await makeReadyCopy({ ...staff, examId })
    const lockToken = (await staff.marker.post(`${path}/lock`)).body.token
    await staff.marker.post(`${path}/finalize`, { lockToken })
    await awaitGrading(staff.marker, path)
    const refused = await staff.admin.call('PUT', `/api/exams/${examId}/rubric`, { body: RUBRIC, version: 1 })
    expect(refused.body).toMatchObject({ status: 409, code: 'rubric-in-use' })
  })

  it('a graded version is history: its marks can be changed neither through the API nor by the application’s login', async () => {
    const staff = await makeExam(app)
    const path = await makeReadyCopy(staff)
    const lockToken = await lockAndScore(staff.marker, path)
    const body = { pageNumber: 1, kind: 'comment', x: 0.5, y: 0.5, text: 'tel que noté' }
    const { id } = (await staff.marker.post(`${path}/annotations`, { body, lockToken })).body
    await staff.marker.post(`${path}/finalize`, { lockToken })
    await awaitGrading(staff.marker, path)
    await staff.admin.post(`${path}/reopen`, { body: { reason: 'appeal' } })
    const again = (await staff.marker.post(`${path}/lock`)).body.token
    const url = `${path}/annotations/${id}`
    const patched = await staff.marker.call('PATCH', url, {
      body: { text: 'réécrit' },
      lockToken: again,
      version: 1,
    })
    expect(patched.status).toBe(404)
    expect((await staff.marker.call('DELETE', url, { lockToken: again, version: 1 })).status).toBe(404)
    for (const statement of [
      `update annotation set text = 'réécrit' where id = '${id}'`,
      `delete from annotation where id = '${id}'`,
      `update score set points_hundredths = 0 where copy_version = 1`,
    ]) {
      await expect(runAs(app.database.url, statement)).rejects.toMatchObject({
        constraint: 'graded_marks_stay',
      })
    }
  })

  it('copies whose import failed are given to no marker, and a stack too short for a copy leaves its event', async () => {
    const staff = await makeExam(app)
    await importScan(staff, { scan: Buffer.from('%PDF-1.7\nthis is where the damage begins') })
    const { batch } = await importScan(staff, { scan: await makeScan(1, 1), pagesPerCopy: 3 })
    expect(batch).toMatchObject({ status: 'IMPORTED', copies: [], unresolvedPages: 1 })
    expect((await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)).body.assigned).toBe(0)
    const rows = await runAs<{ action: string; pages: number }>(
      app.database.ownerUrl,
      `select action, (metadata ->> 'pages')::int as pages from audit_event
        where stream_ref = (select stream_ref from batch where id = $1) order by seq`,
      [batch.id],
    )
    expect(rows.map(({ action }) => action)).toEqual(['UPLOAD', 'IMPORT'])
    const fine = await makeReadyCopy(staff)
    expect((await eventsOf(staff.admin, fine))[0]).toMatchObject({ action: 'IMPORT' })
  })
})
