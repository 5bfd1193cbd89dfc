import * as mupdf from 'mupdf'
import pg from 'pg'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { retryImport } from '../../src/copies/retry-import.ts'
import { runInContext } from '../../src/observability/context.ts'
import type { FailedPage } from '../../src/pdf/tasks.ts'
import { newId } from '../../src/platform/ids.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { importScan, makeExam, makeExamWith, type Staff, until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { untilWaiting } from '../support/erasing.ts'
import { makeScan } from '../support/scans.ts'

type Page = { readonly id: string; readonly version: number; readonly turn: number; readonly widthPx: number }

/** What two people do to the same pages, one after the other or at once, and what jobs do to them meanwhile. */
describe('pages that several people put right', () => {
  let app: TestApp
  let staff: Staff
  let failing: FailedPage['failed'] | undefined
  beforeAll(async () => {
    app = await openTestApp({
      wrapPool: (pool) => ({
        ...pool,
        run: async (task, hooks) => {
          if (failing === undefined || task.kind !== 'rasterize') return pool.run(task, hooks)
          const failed = (task.pageIndexes ?? []).map((pageIndex) => ({ pageIndex, failed: failing }))
          for (const page of failed) hooks?.onProgress?.(page as never)
          return failed as never
        },
      }),
    })
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  const admin = () => staff.admin
  const pagesOf = async (copyId: string): Promise<Page[]> =>
    (await admin().get(`/api/copies/${copyId}/pages`)).body.pages
  const orderOf = async (copyId: string) => (await pagesOf(copyId)).map(({ id }) => id)
  const copyOf = async (copyId: string) => (await admin().get(`/api/copies/${copyId}`)).body
  const onPage = (page: Pick<Page, 'id' | 'version'>, deed: string, body?: object) =>
    admin().post(`/api/pages/${page.id}/${deed}`, { version: page.version, ...(body && { body }) })
  const onCopy = async (copyId: string, deed: string, body: object) =>
    admin().post(`/api/copies/${copyId}/${deed}`, { version: (await copyOf(copyId)).pagesVersion, body })
  const merge = async (copyId: string, fromCopyId: string) =>
    onCopy(copyId, 'merge', { fromCopyId, fromPagesVersion: (await copyOf(fromCopyId)).pagesVersion })
  const undo = (operationId: string) => admin().post(`/api/page-operations/${operationId}/undo`)
  const validate = (copyId: string) => admin().post(`/api/copies/${copyId}/validate`)

  async function importTwo(pages = 4) {
    const { batch } = await importScan(staff, { scan: await makeScan(1, pages), pagesPerCopy: 2 })
    const [a, b] = batch.copies as [string, string]
    const all: Page[] = (await admin().get(`/api/batches/${batch.id}/pages`)).body.pages
    return { batchId: batch.id as string, a, b, pages: all as [Page, Page, Page, Page, Page] }
  }

  const refused = { status: 409, body: { code: 'review-not-possible', reason: 'changed-since' } }

  it('an undo is refused when another page has come to where it puts one back, or to what it empties', async () => {
    const { a, pages } = await importTwo(5)
    const [a1, a2, , , rest] = pages
    const discarded = await onPage(a2, 'discard', { reason: 'other' })
    const moved = await onPage(rest, 'move', { copyId: a })
    expect(await undo(discarded.body.operationId)).toMatchObject(refused)
    await undo(moved.body.operationId)
    expect(await undo(discarded.body.operationId)).toMatchObject({ status: 200 })
    const split = await onCopy(a, 'split', { beforePageId: a2.id })
    const made = split.body.copies.find(({ id }: { id: string }) => id !== a).id
    const [now] = (await admin().get(`/api/batches/${(await copyOf(a)).batchId}/pages`)).body.pages.slice(-1)
    await onPage(now, 'move', { copyId: made })
    expect(await undo(split.body.operationId)).toMatchObject(refused)
    expect([await orderOf(a), await orderOf(made)]).toEqual([[a1.id], [a2.id, rest.id]])
  })

  it('a split whose new copy was validated is not undone until that is sent back', async () => {
    const { a, pages } = await importTwo()
    const split = await onCopy(a, 'split', { beforePageId: pages[1].id })
    const made = split.body.copies.find(({ id }: { id: string }) => id !== a).id
    expect((await validate(made)).body.status).toBe('READY')
    expect(await undo(split.body.operationId)).toMatchObject({
      ...{ status: 409, body: { code: 'illegal-transition', currentStatus: 'READY' } },
    })
    await admin().post(`/api/copies/${made}/send-back`, { body: { reason: 'other' } })
    expect(await undo(split.body.operationId)).toMatchObject({ status: 200 })
    expect(await orderOf(a)).toEqual([pages[0].id, pages[1].id])
  })

  it('copies of two scans of an exam are merged into one PDF; pages of another exam are not there', async () => {
    const [one, other] = [await importTwo(2), await importTwo(2)]
    expect(await merge(one.a, other.a)).toMatchObject({ status: 200 })
    expect((await validate(one.a)).body).toMatchObject({ status: 'READY', pages: 4 })
    expect(pagesIn((await admin().get(`/api/copies/${one.a}/original`)).bytes)).toHaveLength(4)

    const elsewhere = await makeExamWith(staff.admin, staff.marker)
    const { batch } = await importScan(elsewhere, { scan: await makeScan(1, 2) })
    const [foreign] = await pagesOf(batch.copies[0])
    const third = await importTwo(2)
    expect(
      await onPage(third.pages[0], 'replace', { byPageId: foreign?.id, byPageVersion: foreign?.version }),
    ).toMatchObject({ status: 404 })
    expect(await onPage(third.pages[0], 'move', { copyId: batch.copies[0] })).toMatchObject({ status: 404 })
    expect(await onPage(foreign as Page, 'move', { copyId: third.a })).toMatchObject({ status: 404 })
    expect((await merge(third.a, batch.copies[0])).status).toBeGreaterThanOrEqual(404)
    expect([await orderOf(third.a), await pagesOf(batch.copies[0])]).toMatchObject([
      [{}, {}],
      [{}, {}],
    ])
  })

  it('a page that is turned again and again while its copy is validated is in the PDF and in its image as it is', async () => {
    for (let round = 0; round < 3; round++) {
      const { a, pages } = await importTwo(2)
      const before = pages[0].widthPx
      const turning = (async () => {
        for (let version = 1; ; version++) {
          const { status } = await onPage({ id: pages[0].id, version }, 'rotate', { turn: 90 })
          if (status !== 200 || version === 3) return
        }
      })()
      await until(async () => ((await validate(a)).status === 200 ? true : undefined))
      await turning
      const [page] = await pagesOf(a)
      const { bytes } = await admin().get(`/api/copies/${a}/original`)
      expect(pagesIn(bytes)[0]).toBe(page?.turn)
      const image = await sharp(
        (await admin().get(`/api/pages/${page?.id}/image?size=full`)).bytes,
      ).metadata()
      expect(image.autoOrient.width === before).toBe((page?.turn ?? 0) % 180 === 0)
    }
  })

  /** The turn of each page of a PDF. */
  function pagesIn(pdf: Uint8Array): number[] {
    const document = mupdf.PDFDocument.openDocument(pdf, 'application/pdf') as mupdf.PDFDocument
    const turns = Array.from({ length: document.countPages() }, (_, index) =>
      document.findPage(index).getInheritable('Rotate').asNumber(),
    )
    document.destroy()
    return turns
  }

  it('a page that was filed while somebody waited for it is looked at again', async () => {
    const { a, pages } = await importTwo(5)
    const rest = pages[4]
    const client = await begin(
      'select from batch where id = (select batch_id from page where id = $1) for update',
      [rest.id],
    )
    const moving = onPage(rest, 'discard', { reason: 'other' })
    await untilWaiting(app)
    await client.query('update page set copy_id = $1, page_index = 2 where id = $2', [a, rest.id])
    await client.end()
    expect(await moving).toMatchObject(refused)
  })

  it('copies are not dealt while their pages are put right, for both take several copies', async () => {
    await importTwo()
    const client = await begin(`select pg_advisory_xact_lock(hashtextextended('review:' || $1::text, 0))`, [
      staff.examId,
    ])
    const dealing = admin().post(`/api/exams/${staff.examId}/dispatch`)
    await untilWaiting(app)
    await client.end()
    expect(await dealing).toMatchObject({ status: 200 })
  })

  /** A transaction of somebody else, which commits when it ends. */
  async function begin(statement: string, values: readonly unknown[]) {
    const client = new pg.Client({ connectionString: app.database.ownerUrl })
    await client.connect()
    await client.query('begin')
    await client.query(statement, [...values])
    return {
      query: (text: string, more: readonly unknown[]) => client.query(text, [...more]),
      end: async () => {
        await client.query('commit')
        await client.end()
      },
    }
  }

  it('a page number that was read wrongly keeps no copy from being marked once it is put right', async () => {
    const { a, batchId, pages } = await importTwo()
    const set = (statement: string) => runAs(app.database.ownerUrl, statement, [batchId])
    await set('update batch set pages_expected = 9 where id = $1')
    await set(`update page set page_number = case batch_page_index when 3 then 9 else 1 + batch_page_index % 2 end
                where batch_id = $1`)
    expect((await validate(a)).body).toMatchObject({ missingNumbers: [3, 4, 5, 6, 7, 8, 9] })
    expect((await onPage(pages[3], 'number', { sheetNumber: 2 })).status).toBe(200)
    expect((await validate(a)).body).toMatchObject({ status: 'READY' })
  })

  it('an import that failed over its pages reads them when it is tried again', async () => {
    failing = 'corrupt'
    const { batch } = await importScan(staff, { scan: await makeScan(1, 3), pagesPerCopy: 1 })
    expect(batch).toMatchObject({ status: 'FAILED', errorCode: 'corrupt', copies: [] })
    failing = undefined
    const [one] = await runAs<{ id: string }>(
      app.database.ownerUrl,
      `select id from page where batch_id = $1 and error_code = 'corrupt' limit 1`,
      [batch.id],
    )
    expect(one).toBeDefined()
    await runInContext({ requestId: newId(), actor: { kind: 'system' } }, () =>
      retryImport(app.services, batch.id, { action: 'retry-import', reason_code: 'other' }),
    )
    const again = await until(async () => {
      const { body } = await admin().get(`/api/batches/${batch.id}`)
      return body.status === 'IMPORTED' || body.status === 'FAILED' ? body : undefined
    })
    expect(again).toMatchObject({ status: 'IMPORTED', filedPages: 3, unresolvedPages: 0 })
  })
})
