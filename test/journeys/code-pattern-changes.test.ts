import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeExam, type Staff, until } from '../support/builders.ts'
import { makeCodedScan } from '../support/coded-scans.ts'
import { formOf } from '../support/scans.ts'

describe('a code pattern that changes while a scan is imported', () => {
  let app: TestApp
  let staff: Staff
  let whenReading: (() => Promise<unknown>) | undefined
  beforeAll(async () => {
    app = await openTestApp({
      wrapPool: (pool) => ({
        ...pool,
        run: async (task, hooks) => {
          if (task.kind === 'rasterize') await whenReading?.()
          return pool.run(task, hooks)
        },
      }),
    })
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  const setPattern = (pattern: string, sample: string) =>
    staff.admin.call('PUT', `/api/exams/${staff.examId}/code-pattern`, { body: { pattern, sample } })

  it('is for later uploads: the scan is read by that of its upload, and its sheets are of this exam', async () => {
    await setPattern('{exam}-{copy}-{page}', 'demo-100-1')
    // Between two attempts of the import.
    whenReading = async () => {
      whenReading = undefined
      await setPattern('{exam}/{copy}/{page}', 'autre/100/1')
      throw new Error('the first attempt ends here')
    }
    const { pdf } = await makeCodedScan({ seed: 3, copies: 2, pagesPerCopy: 2 })
    const upload = await staff.admin.post(`/api/exams/${staff.examId}/batches?split=code-every`, {
      form: await formOf(pdf, 'scan.pdf'),
    })
    const batch = await until(async () => {
      const { body } = await staff.admin.get(`/api/batches/${upload.body.id}`)
      return body.status === 'IMPORTED' ? body : undefined
    })
    expect(batch).toMatchObject({ filedPages: 4, unresolvedPages: 0 })
    expect((await staff.admin.get(`/api/exams/${staff.examId}`)).body.codePattern).toBe(
      '{exam}/{copy}/{page}',
    )
    const { pages } = (await staff.admin.get(`/api/batches/${batch.id}/pages`)).body
    const kinds = pages.flatMap(({ flags }: { flags: { kind: string }[] }) => flags.map(({ kind }) => kind))
    expect(kinds).not.toContain('foreign-exam')
  })
})
