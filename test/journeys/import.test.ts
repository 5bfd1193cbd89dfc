import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { eventsOf, importScan, makeExam, type Staff } from '../support/builders.ts'
import { corpusPath, hasCorpus } from '../support/corpus.ts'
import { runAs } from '../support/database.ts'
import { formOf, makeScan } from '../support/scans.ts'

describe('importing scans', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  it('cuts a stack into copies, each with its pages in order and its own original', async () => {
    const { batch } = await importScan(staff, { scan: await makeScan(2, 3), pagesPerCopy: 3 })
    expect(batch).toMatchObject({ status: 'IMPORTED', pageCount: 6, pagesDone: 6, unresolvedPages: 0 })
    expect(batch.copies).toHaveLength(2)
    const [first, second] = batch.copies
    const originals = []
    for (const copyId of [first, second]) {
      const path = `/api/copies/${copyId}`
      expect((await staff.admin.get(path)).body).toMatchObject({ status: 'STAGING', pages: 3 })
      expect((await eventsOf(staff.admin, path))[0]).toMatchObject({
        action: 'IMPORT',
        metadata: { pages: 3 },
      })
      const original = await staff.admin.get(`${path}/original`)
      expect(original.headers.get('content-disposition')).toMatch(
        /^attachment; filename="[A-Z0-9-]+-original\.pdf"$/,
      )
      expect(original.headers.get('x-content-type-options')).toBe('nosniff')
      originals.push(original.bytes)
    }
    expect(originals[0]?.equals(originals[1] as Buffer)).toBe(false)
  })

  it('serves each page upright in three sizes, and no page that is not there', async () => {
    const { batch } = await importScan(staff)
    const path = `/api/copies/${batch.copies[0]}/pages`
    const sizes = await Promise.all(
      ['thumbnail', 'screen', 'full'].map(async (size) => {
        const answer = await staff.admin.get(`${path}/2?size=${size}`)
        expect(answer.headers.get('content-type')).toMatch(/^image\/(webp|jpeg)$/)
        expect(answer.headers.get('cache-control')).toMatch(/private|no-store/)
        return answer.bytes.length
      }),
    )
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
    expect((await staff.admin.get(`${path}/3`)).status).toBe(404)
    expect((await staff.admin.get(`${path}/0`)).status).toBe(400)
  })

  it('files no page twice and loses none: a rest too short for a copy stays unresolved and blocks validation', async () => {
    const { batch } = await importScan(staff, { scan: await makeScan(2, 3), pagesPerCopy: 4 })
    expect(batch).toMatchObject({ status: 'IMPORTED', pageCount: 6, unresolvedPages: 2 })
    const refused = await staff.admin.post(`/api/copies/${batch.copies[0]}/validate`)
    expect(refused.body).toMatchObject({ status: 409, code: 'copy-not-complete', unresolvedPages: 2 })
  })

  it('refuses what is not a PDF at once, and keeps nothing of it', async () => {
    const before = await countRows(app)
    for (const content of [
      Buffer.from('PK\u0003\u0004 a document'),
      Buffer.alloc(0),
      Buffer.alloc(5_000, 'x'),
    ]) {
      const refused = await staff.admin.post(`/api/exams/${staff.examId}/batches`, {
        form: await formOf(content, 'x.pdf'),
      })
      expect(refused).toMatchObject({ status: 415, body: { code: 'not-a-pdf' } })
    }
    expect(await countRows(app)).toEqual(before)
  })

  it('an upload sent again under its key is the same upload, also when both arrive at once', async () => {
    const headers = { 'idempotency-key': 'upload-of-tuesday' }
    const fresh = await makeExam(app)
    const url = `/api/exams/${fresh.examId}/batches`
    const scan = await makeScan()
    const send = async (content: Uint8Array) =>
      staff.admin.post(url, { form: await formOf(content, 'scan.pdf'), headers })
    const answers = [...(await Promise.all([send(scan), send(scan), send(scan)])), await send(scan)]
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    const other = await send(await makeScan(1, 1))
    expect(other.body).toMatchObject({
      status: 422,
      code: 'idempotency-key-reused',
      batchId: answers[0]?.body.id,
    })
    const odd = await staff.admin.post(url, {
      form: await formOf(scan, 'x.pdf'),
      headers: { 'idempotency-key': 'short' },
    })
    expect(odd.status).toBe(400)
  })

  it('refuses a form with two files, and keeps neither', async () => {
    const before = await countRows(app)
    const form = await formOf(await makeScan(), 'first.pdf')
    form.append('file', new Blob([new Uint8Array(await makeScan())]), 'second.pdf')
    const refused = await staff.admin.post(`/api/exams/${staff.examId}/batches`, { form })
    expect(refused.body).toMatchObject({ status: 400, code: 'malformed-upload' })
    expect(await countRows(app)).toEqual(before)
  })

  it('refuses an upload to an exam that is not there without waiting for its file', async () => {
    const nowhere = '/api/exams/018f0000-0000-7000-8000-000000000000/batches'
    const refused = await staff.admin.post(nowhere, { form: await formOf(await makeScan(), 'scan.pdf') })
    expect(refused.status).toBe(404)
  })

  it('records a damaged scan as a failed import: its event, its code, its metrics, and the copy stays in STAGING', async () => {
    const damaged = Buffer.from('%PDF-1.7\nthis is where the damage begins')
    const { batch } = await importScan(staff, { scan: damaged, fileName: 'abîmé.pdf' })
    expect(batch).toMatchObject({ status: 'FAILED', errorCode: 'corrupt' })
    const path = `/api/copies/${batch.copies[0]}`
    expect(await eventsOf(staff.admin, path)).toMatchObject([
      { action: 'IMPORT', metadata: { success: false, error_code: 'corrupt', filename: 'abîmé.pdf' } },
    ])
    expect((await staff.admin.get(path)).body.status).toBe('STAGING')
    expect((await staff.admin.post(`${path}/validate`)).body.code).toBe('copy-not-complete')
    expect(
      await app.metric('grading_import_duration_seconds_count', { status: 'failed', pages: '1-10' }),
    ).toBe(1)
    expect(await app.metric('grading_ocr_errors_total', { error_type: 'invalid_pdf' })).toBe(1)
    expect(app.lines.filter(({ event }) => event === 'job.failed')).toMatchObject([
      { level: 'ERROR', 'error.code': 'corrupt', 'job.attempt': 1 },
    ])
  })

  it('records a damaged stack on the stream of its batch', async () => {
    const damaged = Buffer.from('%PDF-1.7\nthis is where the damage begins')
    const { batch } = await importScan(staff, { scan: damaged, pagesPerCopy: 2 })
    expect(batch).toMatchObject({ status: 'FAILED', errorCode: 'corrupt', copies: [] })
    const rows = await runAs(
      app.database.ownerUrl,
      `select action, seq, metadata from audit_event where stream_ref = (select stream_ref from batch where id = $1) order by seq`,
      [batch.id],
    )
    expect(rows).toMatchObject([
      { action: 'UPLOAD', seq: 1 },
      { action: 'IMPORT', seq: 2, metadata: { success: false, error_code: 'corrupt' } },
    ])
  })

  it('shares copies among markers evenly, and again assigns nothing twice', async () => {
    const fresh = await makeExam(app)
    const second = await app.signIn('marker')
    await fresh.admin.post(`/api/exams/${fresh.examId}/markers`, { body: { markerId: second.accountId } })
    const { batch } = await importScan(fresh, { scan: await makeScan(2, 3), pagesPerCopy: 1 })
    // Nobody gets what was not declared complete.
    expect((await fresh.admin.post(`/api/exams/${fresh.examId}/dispatch`)).body.assigned).toBe(0)
    for (const copyId of batch.copies) await fresh.admin.post(`/api/copies/${copyId}/validate`)
    const dealt = await fresh.admin.post(`/api/exams/${fresh.examId}/dispatch`)
    expect(dealt.body.assigned).toBe(6)
    expect((await fresh.marker.get('/api/my/copies')).body.copies).toHaveLength(3)
    expect((await second.get('/api/my/copies')).body.copies).toHaveLength(3)
    expect((await fresh.admin.post(`/api/exams/${fresh.examId}/dispatch`)).body.assigned).toBe(0)
  })

  it('the gauge’s six states add up to the number of copies', async () => {
    await app.collectGauges()
    const states = ['STAGING', 'READY', 'LOCKED', 'GRADING_IN_PROGRESS', 'GRADED', 'GRADING_FAILED']
    const values = await Promise.all(
      states.map((status) => app.metric('grading_copies_by_status', { status })),
    )
    const [row] = await runAs<{ copies: number }>(
      app.database.ownerUrl,
      'select count(*)::int as copies from copy',
    )
    expect(values.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0)).toBe(row?.copies)
    expect(row?.copies).toBeGreaterThan(5)
  })

  // Needs the public scans; set PARAPH_CORPUS to their folder.
  it.skipIf(!hasCorpus).each([
    ['markus/midterm_scan_100.pdf', undefined, 1, 6],
    ['markus/midterm_scan_102.pdf', undefined, 1, 6],
    ['markus/midterm1-v2-test.pdf', undefined, 1, 6],
    ['correctexam/demo1Copies_masked.pdf', 1, 3, 1],
    ['submitty/01_qr_six_6page_scan.pdf', 6, 6, 6],
  ])('imports %s', async (file, pagesPerCopy, copies, pages) => {
    const scan = readFileSync(corpusPath(file))
    const { batch } = await importScan(staff, { scan, ...(pagesPerCopy ? { pagesPerCopy } : {}) })
    expect(batch).toMatchObject({ status: 'IMPORTED', unresolvedPages: 0, pageCount: copies * pages })
    expect(batch.copies).toHaveLength(copies)
    expect((await staff.admin.get(`/api/copies/${batch.copies[0]}`)).body.pages).toBe(pages)
  })
})

/** What an accepted upload leaves at once; imports of other tests may still be ending meanwhile. */
async function countRows(app: TestApp): Promise<unknown> {
  return runAs(
    app.database.ownerUrl,
    `select (select count(*) from batch) as batches, (select count(*) from copy) as copies,
            (select count(*) from audit_event where action = 'UPLOAD') as uploads`,
  )
}
