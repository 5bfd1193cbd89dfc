import type { PDFDocument } from 'mupdf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { eventsOf, importScan, makeExam, type Staff, until } from '../support/builders.ts'
import { makePdf, textPage } from '../support/pdfs.ts'

const PAGE_MS = 700

/** Pages that are read at once, and such (`true`) that no engine ever comes back from. */
function makeScanWith(poisoned: readonly boolean[]): Uint8Array {
  const pages = poisoned.map((isPoison, index) =>
    isPoison ? { contents: '/X Do' } : textPage(`Exercice ${index}`),
  )
  return makePdf(pages, (document) => {
    const endless = addEndlessForm(document)
    for (const [index, isPoison] of poisoned.entries()) {
      if (isPoison) document.findPage(index).put('Resources', { XObject: { X: endless } })
    }
  })
}

function addEndlessForm(document: PDFDocument) {
  const form = { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 600, 900] }
  let inner = document.addStream('0 0 9 9 re f', form)
  for (let depth = 0; depth < 10; depth++) {
    inner = document.addStream('/X Do '.repeat(10), { ...form, Resources: { XObject: { X: inner } } })
  }
  return inner
}

describe('a scan that kills its engine', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp({ pageTimeoutMs: PAGE_MS })
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  const count = (event: string, more: object = {}) =>
    app.lines.filter((line) =>
      Object.entries({ event, ...more }).every(([name, value]) => line[name] === value),
    ).length
  const readErrors = async () =>
    (await app.metric('grading_ocr_errors_total', { error_type: 'timeout' })) ?? 0

  it('with each of its pages is given up after two attempts, by its code, and what comes after it is read', async () => {
    const [faults, failures, errors] = [count('engine.fault'), count('job.failed'), await readErrors()]
    const { batch } = await importScan(staff, { scan: makeScanWith(Array(30).fill(true)) })
    expect(batch).toMatchObject({ status: 'FAILED', errorCode: 'timeout', pageCount: 30 })
    // Five pages in a row, each tried twice, and the fifth once more with the next attempt.
    expect(count('engine.fault') - faults).toBeLessThanOrEqual(20)
    // The scan is known to have failed before the line of its job is written.
    await until(async () => (count('job.failed') - failures >= 2 ? true : undefined))
    expect(count('job.failed') - failures).toBe(2)
    // Nine pages, and the scan.
    expect((await readErrors()) - errors).toBeLessThanOrEqual(10)
    expect(count('import.failed', { 'batch.id': batch.id, 'error.code': 'timeout' })).toBe(1)
    expect(await eventsOf(staff.admin, `/api/copies/${batch.copies[0]}`)).toMatchObject([
      { action: 'IMPORT', metadata: { success: false, error_code: 'timeout' } },
    ])
    expect((await importScan(staff)).batch).toMatchObject({ status: 'IMPORTED' })
  })

  it('here and there is imported in one attempt, with those pages left to a person', async () => {
    const failures = count('job.failed')
    // More than five, as a large scan may have; none after another.
    const poisoned = Array.from({ length: 120 }, (_, index) => index % 20 === 7)
    const { batch } = await importScan(staff, { scan: makeScanWith(poisoned), pagesPerCopy: 1 })
    expect(batch).toMatchObject({ status: 'IMPORTED', pageCount: 120, unresolvedPages: 6 })
    expect(batch.copies).toHaveLength(114)
    expect(count('job.failed') - failures).toBe(0)
  })

  it('with many pages at its end is imported in several attempts, as long as more of it was read', async () => {
    const poisoned = Array.from({ length: 14 }, (_, index) => index >= 8)
    const { batch } = await importScan(staff, { scan: makeScanWith(poisoned), pagesPerCopy: 1 })
    expect(batch).toMatchObject({ status: 'IMPORTED', pageCount: 14, unresolvedPages: 6 })
  })
})
