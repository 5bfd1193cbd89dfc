import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweepUploads } from '../../src/copies/sweep-uploads.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { formOf, makeScan } from '../support/scans.ts'
import { ask, begin, beginTaken, sendBytes } from '../support/tus.ts'

describe('room for uploads', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    // More than any disk has.
    app = await openTestApp({ worker: false, settings: { PARAPH_DISK_RESERVE_MIB: '900000000' } })
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  it('is looked for before a byte is taken, in both ways of uploading', async () => {
    const form = await formOf(await makeScan(1, 1), 'scan.pdf')
    const answers = [
      await staff.admin.post(`/api/exams/${staff.examId}/batches`, { form }),
      await begin(staff.admin, 1_000, { exam: staff.examId }),
    ]
    for (const { body } of answers) {
      expect(body).toMatchObject({ status: 507, code: 'storage-full' })
      expect(body.neededBytes).toBeGreaterThan(body.freeBytes)
    }
    expect(readdirSync(join(app.folder, 'work', 'uploads'))).toEqual([])
    expect(readdirSync(join(app.folder, 'blobs'))).toEqual(['incoming'])
  })
})

describe('the end of an upload’s time', () => {
  let app: TestApp
  let staff: Staff
  let directory: string
  beforeAll(async () => {
    app = await openTestApp({ worker: false, settings: { PARAPH_UPLOAD_HOURS: '1' } })
    staff = await makeExam(app)
    directory = join(app.folder, 'work', 'uploads')
  })
  afterAll(() => app?.close())

  const sweep = () => sweepUploads({ db: app.services.db, directory })

  it('takes its row and its bytes, and leaves the others', async () => {
    const scan = await makeScan(1, 1)
    const [old, young] = [
      await beginTaken(staff.admin, scan.length, { exam: staff.examId }),
      await beginTaken(staff.admin, scan.length, { exam: staff.examId }),
    ]
    await sendBytes(staff.admin, old, 0, scan.subarray(0, 2_000))
    expect(await sweep()).toBe(0)
    await expire(old)
    expect((await ask(staff.admin, old)).status).toBe(404)
    expect((await sendBytes(staff.admin, old, 2_000, scan.subarray(2_000))).status).toBe(404)
    expect(await sweep()).toBe(1)
    expect(readdirSync(directory)).toEqual([young.split('/').at(-1)])
    const rows = await runAs(app.database.ownerUrl, 'select id from upload')
    expect(rows).toEqual([{ id: young.split('/').at(-1) }])
  })

  it('of one that became a batch takes the row alone', async () => {
    const scan = await makeScan(1, 2)
    const path = await beginTaken(staff.admin, scan.length, { exam: staff.examId })
    const batchId = (await sendBytes(staff.admin, path, 0, scan)).headers.get('paraph-batch')
    await expire(path)
    expect(await sweep()).toBe(0)
    expect((await staff.admin.get(path)).status).toBe(404)
    expect((await staff.admin.get(`/api/batches/${batchId}`)).status).toBe(200)
  })

  it('is told with every answer until then', async () => {
    const path = await beginTaken(staff.admin, 10_000, { exam: staff.examId })
    const answer = await sendBytes(staff.admin, path, 0, (await makeScan(1, 1)).subarray(0, 2_000))
    const left = Date.parse(answer.headers.get('upload-expires') ?? '') - Date.now()
    expect(left / 60_000).toBeGreaterThan(58)
    expect(left / 60_000).toBeLessThan(61)
  })

  it('comes after a day for bytes that belong to no upload', async () => {
    const name = '6b1f6f2e-6a55-4a5e-9a0b-0d5f5c1d2e3f'
    const path = join(directory, name)
    writeFileSync(path, 'left by a killed process')
    expect(await sweep()).toBe(0)
    utimesSync(path, 1, 1)
    expect(await sweep()).toBe(1)
    expect(existsSync(path)).toBe(false)
  })

  function expire(path: string): Promise<unknown> {
    const statement = `update upload set expires_at = now() - interval '1 second' where id = $1`
    return runAs(app.database.ownerUrl, statement, [path.split('/').at(-1)])
  }
})
