import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff, until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { makeScan } from '../support/scans.ts'
import { ask, begin, beginTaken, sendBytes, VERSION } from '../support/tus.ts'

const sha256Of = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')

describe('an upload in parts', () => {
  let app: TestApp
  let staff: Staff
  let scan: Uint8Array
  let half: number
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    staff = await makeExam(app)
    scan = await makeScan(1, 2)
    half = Math.floor(scan.length / 2)
  })
  afterAll(() => app?.close())

  const folder = () => join(app.folder, 'work', 'uploads')
  const freshExam = async () => (await makeExam(app)).examId
  const listBatches = async (exam: string) =>
    (await staff.admin.get(`/api/exams/${exam}/batches`)).body.batches

  it('is whole with its last part, whose answer names the batch', async () => {
    const exam = await freshExam()
    const filename = 'Camille.pdf'
    const path = await beginTaken(staff.admin, scan.length, { exam, filename, pagesPerCopy: '1' })
    expect(path).toMatch(/^\/api\/uploads\/[0-9a-f-]{36}$/)
    const first = await sendBytes(staff.admin, path, 0, scan.subarray(0, half))
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, String(half)])
    expect((await staff.admin.get(path)).body).toMatchObject({
      status: 'receiving',
      offset: half,
      batchId: null,
    })

    const last = await sendBytes(staff.admin, path, half, scan.subarray(half))
    const batchId = last.headers.get('paraph-batch')
    expect(last.status).toBe(204)
    expect((await staff.admin.get(`/api/batches/${batchId}`)).body).toMatchObject({
      ...{ fileName: filename, sizeBytes: scan.length, pagesPerCopy: 1, status: 'UPLOADED' },
    })
    expect((await staff.admin.get(path)).body).toMatchObject({ status: 'done', batchId })
    expect((await ask(staff.admin, path)).headers.get('paraph-batch')).toBe(batchId)
    expect(readdirSync(folder())).toEqual([])
    const [row] = await runAs(
      app.database.ownerUrl,
      `select u.file_name_sealed as name, e.request_id as event, j.data->'envelope'->>'requestId' as job
         from upload u join batch b on b.id = u.batch_id join audit_event e on e.stream_ref = b.stream_ref
         join pgboss.job j on j.id = b.import_job_id where b.id = $1`,
      [batchId],
    )
    expect(row).toEqual({ name: null, event: last.requestId, job: last.requestId })
  })

  it('lies in a file that only we may read, and its name is on no disk and in no answer', async () => {
    const exam = await freshExam()
    const path = await beginTaken(staff.admin, scan.length, { exam, filename: 'Zoé Marqueur.pdf' })
    await sendBytes(staff.admin, path, 0, scan.subarray(0, half))
    const id = path.split('/').at(-1) ?? ''
    expect(readdirSync(folder())).toEqual([id])
    expect(statSync(join(folder(), id)).mode & 0o777).toBe(0o600)
    const asked = await ask(staff.admin, path)
    expect(asked.headers.get('upload-offset')).toBe(String(half))
    expect([...asked.headers.keys()].filter((name) => /metadata|access-control/.test(name))).toEqual([])
    const state = await staff.admin.get(path)
    expect(JSON.stringify([state.body, app.lines])).not.toMatch(/Marqueur|TWFycXVldXI/)
    expect((await staff.admin.call('DELETE', path, { headers: VERSION })).status).toBe(204)
    expect(readdirSync(folder())).toEqual([])
    expect((await ask(staff.admin, path)).status).toBe(404)
  })

  it('goes on where the connection broke', async () => {
    const exam = await freshExam()
    const path = await beginTaken(staff.admin, scan.length, { exam })
    await breakOff(path, scan.subarray(0, half))
    const offset = await until(async () => {
      const { body } = await staff.admin.get(path)
      return body.offset > 0 ? (body.offset as number) : undefined
    })
    expect(offset).toBeLessThanOrEqual(half)
    const asked = Number((await ask(staff.admin, path)).headers.get('upload-offset'))
    const last = await sendBytes(staff.admin, path, asked, scan.subarray(asked))
    expect(last.headers.get('paraph-batch')).toMatch(/^[0-9a-f-]{36}$/)
    const [batch] = await listBatches(exam)
    const [row] = await runAs(app.database.ownerUrl, 'select original_sha256 from batch where id = $1', [
      batch.id,
    ])
    expect(row).toEqual({ original_sha256: sha256Of(scan) })
  })

  /** Sends the beginning of a part that says it is whole, and then nothing more. */
  function breakOff(path: string, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      const headers = {
        ...VERSION,
        cookie: staff.admin.cookie,
        'content-type': 'application/offset+octet-stream',
        'content-length': String(scan.length),
        'upload-offset': '0',
      }
      const call = request(new URL(path, app.url), { method: 'PATCH', headers })
      call.on('error', () => resolve())
      call.write(bytes, () => setTimeout(() => call.destroy(), 100))
    })
  }

  it('is nobody’s but its owner’s: another administrator finds nothing there', async () => {
    const other = await app.signIn('admin')
    const path = await beginTaken(staff.admin, scan.length, { exam: staff.examId })
    const answers = [
      await other.get(path),
      await ask(other, path),
      await sendBytes(other, path, 0, scan),
      await other.call('DELETE', path, { headers: VERSION }),
      await other.post(`${path}/finish`),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
    expect((await other.get('/api/uploads')).body.uploads).toEqual([])
    expect((await staff.admin.get(path)).body).toMatchObject({ offset: 0, status: 'receiving' })
    const { uploads } = (await staff.admin.get('/api/uploads')).body
    expect(uploads.map(({ id }: { id: string }) => path.endsWith(id))).toContain(true)
  })

  it('is refused before its first byte: too large, of no exam, without an exam, or with no byte at all', async () => {
    const exam = staff.examId
    const nowhere = '018f0000-0000-7000-8000-000000000000'
    const codes = [
      await begin(staff.admin, 512 * 1_048_576 + 1, { exam }),
      await begin(staff.admin, 10, { exam: nowhere }),
      await begin(staff.admin, 10, {}),
      await begin(staff.admin, 10, { exam, pagesPerCopy: 'zzq7' }),
      await begin(staff.admin, 0, { exam }),
      await staff.admin.post('/api/uploads', { headers: { 'upload-length': '10' } }),
      await staff.admin.post('/api/uploads', { headers: { ...VERSION, 'upload-defer-length': '1' } }),
    ].map(({ status, body }) => [status, body.code])
    expect(codes).toEqual([
      [413, 'too-large'],
      [404, 'not-found'],
      [400, 'invalid-request'],
      [400, 'invalid-request'],
      [415, 'not-a-pdf'],
      [412, 'upload-version-unsupported'],
      [400, 'malformed-upload'],
    ])
  })

  it('is refused when its bytes are no PDF, belong elsewhere, are too many, or are not those that were announced', async () => {
    const exam = await freshExam()
    const text = Buffer.alloc(5_000, 'x')
    const noPdf = await beginTaken(staff.admin, text.length, { exam })
    expect((await sendBytes(staff.admin, noPdf, 0, text.subarray(0, 3_000))).body.code).toBe('not-a-pdf')
    expect((await staff.admin.get(noPdf)).status).toBe(404)

    const path = await beginTaken(staff.admin, scan.length, { exam, sha256: sha256Of(text) })
    expect((await sendBytes(staff.admin, path, 7, scan)).body).toMatchObject({
      ...{ status: 409, code: 'upload-offset-differs' },
    })
    const tooMany = Buffer.concat([scan, text])
    expect((await sendBytes(staff.admin, path, 0, tooMany)).body).toMatchObject({
      status: 413,
      code: 'too-large',
    })
    expect((await sendBytes(staff.admin, path, 0, scan)).body).toMatchObject({
      status: 422,
      code: 'upload-differs',
    })
    expect((await staff.admin.get(path)).status).toBe(404)
    expect(await listBatches(exam)).toEqual([])
  })

  it('whose last part is sent twice at once is one batch', async () => {
    const exam = await freshExam()
    const path = await beginTaken(staff.admin, scan.length, { exam })
    const answers = await Promise.all([
      sendBytes(staff.admin, path, 0, scan),
      sendBytes(staff.admin, path, 0, scan),
      staff.admin.post(`${path}/finish`),
      ask(staff.admin, path),
    ])
    const again = await sendBytes(staff.admin, path, scan.length, new Uint8Array())
    const finished = await staff.admin.post(`${path}/finish`)
    const batches = await listBatches(exam)
    expect(batches).toHaveLength(1)
    expect([again.headers.get('paraph-batch'), finished.body.id]).toEqual([batches[0].id, batches[0].id])
    for (const answer of answers) expect([200, 201, 204, 409]).toContain(answer.status)
  })
})
