import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { formOf, makeScan } from '../support/scans.ts'
import { ask, begin, beginTaken, sendBytes } from '../support/tus.ts'

describe('the same scan a second time', () => {
  let app: TestApp
  let staff: Staff
  let scan: Uint8Array
  beforeAll(async () => {
    app = await openTestApp({ worker: false })
    scan = await makeScan(1, 1)
  })
  afterAll(() => app?.close())

  const upload = async (query = '', headers = {}) =>
    staff.admin.post(`/api/exams/${staff.examId}/batches${query}`, {
      form: await formOf(scan, 'x.pdf'),
      headers,
    })
  const listBatches = async () => (await staff.admin.get(`/api/exams/${staff.examId}/batches`)).body.batches
  const freshExam = async () => {
    staff = await makeExam(app)
  }

  it('is refused with the first batch, unless it is meant', async () => {
    await freshExam()
    const first = await upload()
    const refused = await upload()
    expect(refused.body).toMatchObject({ status: 409, code: 'duplicate-scan', batchId: first.body.id })
    expect((await upload('?duplicate=allow')).status).toBe(201)
    expect((await upload('?duplicate=yes')).status).toBe(400)
    expect(await listBatches()).toHaveLength(2)
  })

  it('is welcome in another exam, and after a first that failed', async () => {
    await freshExam()
    const first = await upload()
    expect(first.status).toBe(201)
    await runAs(
      app.database.ownerUrl,
      `update batch set status = 'FAILED', error_code = 'corrupt' where id = $1`,
      [first.body.id],
    )
    expect((await upload()).status).toBe(201)
    expect((await upload()).body.code).toBe('duplicate-scan')
  })

  it('under its Idempotency-Key is the first, and no second', async () => {
    await freshExam()
    const key = { 'idempotency-key': 'the-same-upload' }
    const first = await upload('', key)
    expect((await upload('', key)).body.id).toBe(first.body.id)
    expect((await upload('', { 'idempotency-key': 'another-upload' })).body.code).toBe('duplicate-scan')
  })

  it('by several people at once is one batch', async () => {
    await freshExam()
    const paths = await Promise.all(
      [1, 2, 3].map(() => beginTaken(staff.admin, scan.length, { exam: staff.examId })),
    )
    const answers = await Promise.all([
      upload(),
      upload(),
      ...paths.map((path) => sendBytes(staff.admin, path, 0, scan)),
    ])
    const statuses = answers.map(({ status }) => status).sort()
    expect(statuses.slice(1)).toEqual([409, 409, 409, 409])
    expect(await listBatches()).toHaveLength(1)
  })

  it('is told before its first byte to whoever says what the file is', async () => {
    await freshExam()
    const first = await upload()
    const sha256 = createHash('sha256').update(scan).digest('hex')
    const refused = await begin(staff.admin, scan.length, { exam: staff.examId, sha256 })
    expect(refused.body).toMatchObject({ status: 409, code: 'duplicate-scan', batchId: first.body.id })
    const meant = { exam: staff.examId, sha256, duplicate: 'allow' }
    const path = await beginTaken(staff.admin, scan.length, meant)
    expect((await sendBytes(staff.admin, path, 0, scan)).status).toBe(204)
  })

  it('stays whole when it is refused, so that it can be taken after all without being sent again', async () => {
    await freshExam()
    const first = await upload()
    const path = await beginTaken(staff.admin, scan.length, { exam: staff.examId })
    const refused = await sendBytes(staff.admin, path, 0, scan)
    expect(refused.body).toMatchObject({ code: 'duplicate-scan', batchId: first.body.id })
    expect((await ask(staff.admin, path)).status).toBe(409)
    expect((await staff.admin.get(path)).body).toMatchObject({ status: 'whole', batchId: null })
    const taken = await staff.admin.post(`${path}/finish?duplicate=allow`)
    expect(taken.status).toBe(201)
    expect((await staff.admin.get(path)).body).toMatchObject({ status: 'done', batchId: taken.body.id })
    expect((await staff.admin.post(`${path}/finish`)).body.id).toBe(taken.body.id)
  })
})
