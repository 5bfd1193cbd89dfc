import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FROZEN_ACTIONS } from '../../src/audit/actions.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import {
  awaitGrading,
  eventsOf,
  importScan,
  lockAndScore,
  makeExam,
  type Staff,
} from '../support/builders.ts'
import type { Answer } from '../support/client.ts'
import { runAs } from '../support/database.ts'

describe('the whole life of a copy', () => {
  let app: TestApp
  let staff: Staff
  let path: string
  let upload: Answer
  let annotation: Answer
  let finalize: Answer
  let marked: Answer
  let events: Answer['body'][]
  const eventOf = (action: string) => events.find((event) => event.action === action)

  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
    const imported = await importScan(staff, { fileName: 'Zoé Exemple 3e B.pdf' })
    upload = imported.upload
    path = `/api/copies/${imported.batch.copies[0]}`
    await staff.admin.post(`${path}/validate`)
    await staff.admin.post(`/api/exams/${staff.examId}/dispatch`)
    const lockToken = await lockAndScore(staff.marker, path)
    annotation = await staff.marker.post(`${path}/annotations`, {
      lockToken,
      body: { pageNumber: 2, kind: 'comment', x: 0.5, y: 0.5, text: 'Vu : ∑ ≤ π' },
    })
    finalize = await staff.marker.post(`${path}/finalize`, { lockToken })
    await awaitGrading(staff.marker, path)
    marked = await staff.admin.get(`${path}/marked`)
    events = await eventsOf(staff.admin, path)
  })
  afterAll(() => app?.close())

  it('the IMPORT event holds filename, pages and success', () => {
    expect(eventOf('IMPORT')).toMatchObject({
      seq: 1,
      actor: { kind: 'system', ref: null },
      metadata: { filename: 'Zoé Exemple 3e B.pdf', pages: 2, success: true },
    })
  })

  it('the CREATE_ANN event holds annotation_id and page', () => {
    expect(eventOf('CREATE_ANN').metadata).toEqual({
      annotation_id: annotation.body.id,
      page: 2,
      kind: 'comment',
    })
  })

  it('the FINALIZE event of a success holds final_score, retries and success', () => {
    expect(eventOf('FINALIZE').metadata).toEqual({
      success: true,
      retries: 0,
      version: 1,
      final_score: 6,
      marked_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('the frozen actions stand in the order of the workflow', () => {
    const frozen: readonly string[] = FROZEN_ACTIONS
    const actions = events.map((event) => event.action).filter((action) => frozen.includes(action))
    expect(actions).toEqual(['IMPORT', 'VALIDATE', 'LOCK', 'CREATE_ANN', 'FINALIZE', 'EXPORT'])
  })

  it('seq counts from 1 without a gap over all events', () => {
    expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1))
  })

  it('the request id of a click is on its line, on the lines of its job and on its events', () => {
    const { requestId } = finalize
    const lines = app.lines.filter((line) => line['request_id'] === requestId)
    expect(lines.find((line) => line.event === 'http.request')).toMatchObject({
      'http.route': '/api/copies/:copyId/finalize',
      'http.response.status_code': 202,
    })
    expect(lines.find((line) => line.event === 'job.run')).toMatchObject({
      'job.queue': 'finalize-copy',
      'job.attempt': 1,
      'job.outcome': 'completed',
    })
    const actions = events.filter((event) => event.requestId === requestId).map((event) => event.action)
    expect(actions).toEqual(['FINALIZE_REQUEST', 'FINALIZE'])
    expect(eventOf('IMPORT').requestId).toBe(upload.requestId)
  })

  it('the marked PDF has the pages of the scan and those of the score sheet', async () => {
    const { body } = await staff.marker.get(`${path}/finalize`)
    expect(marked.headers.get('content-type')).toBe('application/pdf')
    expect(marked.bytes.subarray(0, 5).toString()).toBe('%PDF-')
    expect(body.result).toMatchObject({ finalScore: 6, pages: 2 + body.result.sheetPages })
  })

  it('a marker reads the timeline with its sealed members closed', async () => {
    const seen = await eventsOf(staff.marker, path)
    expect(seen.find((event) => event.action === 'IMPORT').metadata.filename).toEqual({ sealed: true })
    expect(seen.find((event) => event.action === 'FINALIZE').metadata.final_score).toEqual({ sealed: true })
  })

  it('the file name of the scan is nowhere in clear in the database', async () => {
    const tables = ['audit_event', 'batch', 'copy', 'page', 'pgboss.job']
    for (const table of tables) {
      const rows = await queryText(
        app,
        `select coalesce(string_agg(t::text, ' '), '') as text from ${table} t`,
      )
      expect(rows, table).not.toContain('Exemple 3e B')
    }
  })

  it('asking to finalize a graded copy again answers 200 with the stored result and no event', async () => {
    const again = await staff.marker.post(`${path}/finalize`)
    expect(again.status).toBe(200)
    expect(again.body.result.finalScore).toBe(6)
    expect((await eventsOf(staff.admin, path)).length).toBe(events.length)
  })

  it('the table of scores holds anonymous ids and points, and is an EXPORT of the exam', async () => {
    const csv = await staff.admin.get(`/api/exams/${staff.examId}/exports/scores`)
    const copy = await staff.admin.get(path)
    expect(csv.bytes.toString('utf8').trimEnd().split('\n')).toEqual([
      '\ufeffanonymous_id,status,version,1.a,1.b,Exercice 2,total,maximum',
      `${copy.body.anonymousId},GRADED,1,2,2,2,6,20`,
    ])
    const rows = await queryText(
      app,
      `select string_agg(action, ' ' order by seq) as text from audit_event
      where stream_ref = (select stream_ref from exam where id = '${staff.examId}')`,
    )
    expect(rows).toBe('CREATE_EXAM SET_RUBRIC ADD_MARKER ASSIGN EXPORT')
  })

  it('the founding metrics have measured it', async () => {
    const labels = { status: 'success', retry_attempt: '1' }
    expect(await app.metric('grading_finalize_duration_seconds_count', labels)).toBe(1)
    const pages = { status: 'success', pages: '1-10' }
    expect(await app.metric('grading_import_duration_seconds_count', pages)).toBe(1)
    await app.collectGauges()
    expect(await app.metric('grading_copies_by_status', { status: 'GRADED' })).toBe(1)
  })
})

async function queryText(app: TestApp, statement: string): Promise<string> {
  const rows = await runAs<{ text: string }>(app.database.ownerUrl, statement)
  return rows[0]?.text ?? ''
}
