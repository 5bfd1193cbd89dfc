import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { importScan, makeExamWith, makeReadyCopy, type Staff } from '../support/builders.ts'
import { gradeCopy } from '../support/erasing.ts'
import { makeScan } from '../support/scans.ts'

describe('how far an exam is', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExamWith(await app.signIn('admin'), await app.signIn('marker'))
  })
  afterAll(() => app?.close())

  const progress = async () =>
    (await staff.admin.get('/api/exams/progress')).body.exams.find(
      ({ examId }: { examId: string }) => examId === staff.examId,
    )

  it('is not told of an exam without a scan', async () => {
    expect(await progress()).toBeUndefined()
  })

  it('counts the copies over all its scans, by what they wait for', async () => {
    const path = await makeReadyCopy(staff)
    await gradeCopy(staff.marker, path)
    await importScan(staff, { scan: await makeScan(3, 2), pagesPerCopy: 2 })
    expect(await progress()).toEqual({
      examId: staff.examId,
      ...{ copies: 4, staging: 3, graded: 1, failed: 0, unresolvedPages: 0 },
    })
  })

  it('counts the pages that are in no copy, and of no other exam', async () => {
    const other = await makeExamWith(staff.admin, staff.marker)
    const { batch } = await importScan(other, { scan: await makeScan(1, 2), pagesPerCopy: 2 })
    const { pages } = (await other.admin.get(`/api/batches/${batch.id}/pages`)).body
    const [page] = pages
    const discard = { body: { reason: 'duplicate' }, version: page.version }
    await other.admin.post(`/api/pages/${page.id}/discard`, discard)
    await other.admin.post(`/api/pages/${page.id}/restore`, { version: page.version + 1 })
    const { exams } = (await staff.admin.get('/api/exams/progress')).body
    expect(exams).toContainEqual({
      examId: other.examId,
      ...{ copies: 1, staging: 1, graded: 0, failed: 0, unresolvedPages: 1 },
    })
    expect(await progress()).toMatchObject({ unresolvedPages: 0 })
  })
})
