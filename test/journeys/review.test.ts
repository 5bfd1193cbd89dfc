import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { eventsOf, importScan, lockAndScore, makeExam, type Staff, until } from '../support/builders.ts'
import { runAs } from '../support/database.ts'
import { makeScan } from '../support/scans.ts'

type Page = {
  readonly id: string
  readonly version: number
  readonly pageNumber: number
  readonly turn: number
}

describe('putting the pages of copies right', () => {
  let app: TestApp
  let staff: Staff
  beforeAll(async () => {
    app = await openTestApp()
    staff = await makeExam(app)
  })
  afterAll(() => app?.close())

  const admin = () => staff.admin
  const pagesOf = async (copyId: string): Promise<Page[]> =>
    (await admin().get(`/api/copies/${copyId}/pages`)).body.pages
  const orderOf = async (copyId: string) => (await pagesOf(copyId)).map(({ id }) => id)
  const copyOf = async (copyId: string) => (await admin().get(`/api/copies/${copyId}`)).body
  const onPage = (page: Page, deed: string, body?: object) =>
    admin().post(`/api/pages/${page.id}/${deed}`, { version: page.version, ...(body && { body }) })
  const onCopy = async (copyId: string, deed: string, body: object) =>
    admin().post(`/api/copies/${copyId}/${deed}`, { version: (await copyOf(copyId)).pagesVersion, body })
  const merge = async (copyId: string, fromCopyId: string) =>
    onCopy(copyId, 'merge', { fromCopyId, fromPagesVersion: (await copyOf(fromCopyId)).pagesVersion })
  const undo = (operationId: string) => admin().post(`/api/page-operations/${operationId}/undo`)
  const countsOf = async (batchId: string) => {
    const { scanned, filed, discarded, unresolved } = (await admin().get(`/api/batches/${batchId}/pages`))
      .body
    expect(filed + discarded + unresolved).toBe(scanned)
    return { filed, discarded, unresolved }
  }

  /** A stack of two copies of two pages. */
  async function importTwo() {
    const { batch } = await importScan(staff, { scan: await makeScan(2, 2), pagesPerCopy: 2 })
    const [a, b] = batch.copies as [string, string]
    return { batchId: batch.id as string, a, b, pages: [...(await pagesOf(a)), ...(await pagesOf(b))] }
  }

  it('moves a page to another copy, with an event on both, and back', async () => {
    const { a, b, batchId, pages } = await importTwo()
    const [a1, a2, b1, b2] = pages as [Page, Page, Page, Page]
    const moved = await onPage(a2, 'move', { copyId: b, beforePageId: b2.id })
    expect(moved).toMatchObject({
      status: 200,
      body: { copies: [{ isPrepared: false }, { isPrepared: false }] },
    })
    expect([await orderOf(a), await orderOf(b)]).toEqual([[a1.id], [b1.id, a2.id, b2.id]])
    const { operationId } = moved.body
    for (const [copyId, count] of [
      [a, 1],
      [b, 3],
    ] as const) {
      expect((await eventsOf(admin(), `/api/copies/${copyId}`)).at(-1)).toMatchObject({
        action: 'MOVE_PAGE',
        metadata: { operation_ref: operationId, page_ref: a2.id, pages: count },
      })
    }
    expect(await undo(operationId)).toMatchObject({ status: 200 })
    expect([await orderOf(a), await orderOf(b)]).toEqual([
      [a1.id, a2.id],
      [b1.id, b2.id],
    ])
    expect(await undo(operationId)).toMatchObject({ status: 409, body: { code: 'review-not-possible' } })
    expect(await countsOf(batchId)).toEqual({ filed: 4, discarded: 0, unresolved: 0 })
  })

  it('turns a page: its image, and the PDF of the copy, which a marker then sees', async () => {
    const { a, pages } = await importTwo()
    const [first] = pages as [Page]
    const imageOf = async () => (await admin().get(`/api/pages/${first.id}/image?size=full`)).bytes
    const before = await imageOf()
    expect(await onPage(first, 'rotate', { turn: 90 })).toMatchObject({
      status: 200,
      body: { pages: [{ turn: 90 }] },
    })
    // Waits for the PDF to be made.
    expect(await admin().post(`/api/copies/${a}/validate`)).toMatchObject({
      status: 200,
      body: { status: 'READY', isPrepared: true },
    })
    expect(await imageOf()).not.toEqual(before)
    const [turned] = await pagesOf(a)
    expect(turned).toMatchObject({ turn: 90, widthPx: expect.any(Number) })
    expect((turned as { widthPx?: number }).widthPx).toBeGreaterThan(
      (turned as { heightPx?: number }).heightPx ?? 0,
    )
    const original = await admin().get(`/api/copies/${a}/original`)
    const [validated] = (await eventsOf(admin(), `/api/copies/${a}`)).slice(-1)
    expect(validated).toMatchObject({
      action: 'VALIDATE',
      metadata: {
        original_sha256: createHash('sha256')
          .update(original.bytes ?? '')
          .digest('hex'),
      },
    })
  })

  it('discards a page for a reason and takes it back; the note is sealed', async () => {
    const { a, batchId, pages } = await importTwo()
    const [, second] = pages as [Page, Page]
    const body = { reason: 'blank', note: 'Verso de Zoé Exemple' }
    const { body: done } = await onPage(second, 'discard', body)
    expect(done.pages).toMatchObject([{ place: 'discarded', discardReason: 'blank', copyId: null }])
    expect(await countsOf(batchId)).toEqual({ filed: 3, discarded: 1, unresolved: 0 })
    const [event] = (await eventsOf(admin(), `/api/copies/${a}`)).slice(-1)
    expect(event).toMatchObject({
      action: 'DISCARD_PAGE',
      metadata: { reason_code: 'blank', note: body.note, pages: 1 },
    })
    expect(JSON.stringify(app.lines)).not.toContain('Zoé')

    const restored = await onPage(done.pages[0], 'restore')
    expect(restored.body.pages).toMatchObject([{ place: 'unresolved' }])
    expect(await admin().post(`/api/copies/${a}/validate`)).toMatchObject({
      status: 409,
      body: { code: 'copy-not-complete', unresolvedPages: 1 },
    })
  })

  it('splits, merges, reorders and makes copies', async () => {
    const { a, b, batchId, pages } = await importTwo()
    const [a1, a2, b1, b2] = pages as [Page, Page, Page, Page]
    const split = await onCopy(a, 'split', { beforePageId: a2.id })
    const made = split.body.copies.find(({ id }: { id: string }) => id !== a).id
    expect([await orderOf(a), await orderOf(made)]).toEqual([[a1.id], [a2.id]])
    await merge(b, made)
    expect(await orderOf(b)).toEqual([b1.id, b2.id, a2.id])
    await onCopy(b, 'reorder', { pageIds: [a2.id, b1.id, b2.id] })
    expect(await orderOf(b)).toEqual([a2.id, b1.id, b2.id])
    const [now] = await pagesOf(b)
    const out = await onPage(now as Page, 'discard', { reason: 'other' })
    const back = await onPage(
      out.body.pages.find(({ id }: Page) => id === a2.id),
      'restore',
    )
    expect(back.status).toBe(200)
    const copy = await admin().post('/api/copies', { body: { pageIds: [a2.id] } })
    expect(copy).toMatchObject({ status: 201, body: { copies: [{ status: 'STAGING', pages: 1 }] } })
    expect(await countsOf(batchId)).toEqual({ filed: 4, discarded: 0, unresolved: 0 })
    expect(await admin().post(`/api/copies/${copy.body.copies[0].id}/validate`)).toMatchObject({
      status: 200,
    })
    // An emptied copy is no copy to be marked.
    expect(await admin().post(`/api/copies/${made}/validate`)).toMatchObject({ status: 409 })
  })

  it('replaces a page by one of another scan, which the marked PDF is then drawn on', async () => {
    const { a, pages } = await importTwo()
    const [first] = pages as [Page]
    const { batch } = await importScan(staff, { scan: await makeScan(1, 1), pagesPerCopy: 5 })
    const rescan = (await admin().get(`/api/batches/${batch.id}/pages`)).body.pages[0]
    expect(rescan).toMatchObject({ place: 'unresolved' })
    const replaced = await onPage(first, 'replace', { byPageId: rescan.id, byPageVersion: rescan.version })
    expect(replaced.body.pages).toHaveLength(2)
    expect((await orderOf(a))[0]).toBe(rescan.id)
    await admin().post(`/api/copies/${a}/validate`)
    await admin().post(`/api/exams/${staff.examId}/dispatch`)
    const lockToken = await lockAndScore(staff.marker, `/api/copies/${a}`)
    await staff.marker.post(`/api/copies/${a}/finalize`, { lockToken })
    const graded = await until(async () => {
      const { body } = await staff.marker.get(`/api/copies/${a}/finalize`)
      return body.status === 'GRADED' ? body : undefined
    })
    expect(graded.status).toBe('GRADED')
  })

  it('takes what is marked on the pages of a copy that was sent back along with them', async () => {
    const { a, b, pages } = await importTwo()
    const path = `/api/copies/${a}`
    await admin().post(`${path}/validate`)
    await admin().post(`/api/exams/${staff.examId}/dispatch`)
    const lockToken = (await staff.marker.post(`${path}/lock`)).body.token
    const highlight = { pageNumber: 1, kind: 'highlight', x: 0.125, y: 0.25, width: 0.5, height: 0.0625 }
    const points = [
      { x: 0.125, y: 0.25 },
      { x: 0.5, y: 0.75 },
    ]
    for (const body of [highlight, { pageNumber: 1, kind: 'ink', strokes: [points] }]) {
      expect(await staff.marker.post(`${path}/annotations`, { lockToken, body })).toMatchObject({
        status: 201,
      })
    }
    const tick = { pageNumber: 2, kind: 'tick', x: 0.5, y: 0.5, width: 0.0625, height: 0.0625 }
    await staff.marker.post(`${path}/annotations`, { lockToken, body: tick })
    const annotationsOf = async () => {
      const { annotations } = (await staff.marker.get(`${path}/annotations`)).body
      return Object.fromEntries(annotations.map((one: { kind: string }) => [one.kind, one]))
    }
    const marked = await annotationsOf()
    await staff.marker.post(`${path}/unlock`, { lockToken })
    const back = await admin().post(`${path}/send-back`, { body: { reason: 'pages-missing' } })
    expect(back.body).toMatchObject({ status: 'STAGING' })

    const [first, second] = pages as [Page, Page]
    const turned = await onPage(first, 'rotate', { turn: 90 })
    const reordered = await onCopy(a, 'reorder', { pageIds: [second.id, first.id] })
    expect(await annotationsOf()).toMatchObject({
      highlight: { pageNumber: 2, x: 0.6875, y: 0.125, width: 0.0625, height: 0.5 },
      ink: { pageNumber: 2, strokes: [points.map(({ x, y }) => ({ x: 1 - y, y: x }))] },
      tick: { pageNumber: 1, x: 0.5, y: 0.5 },
    })
    for (const refused of [
      await onPage(second, 'move', { copyId: b }),
      await onPage(second, 'discard', { reason: 'blank' }),
      await merge(b, a),
    ]) {
      expect(refused).toMatchObject({
        status: 409,
        body: { code: 'review-not-possible', reason: 'page-annotated' },
      })
    }
    for (const { body } of [reordered, turned]) expect((await undo(body.operationId)).status).toBe(200)
    expect(await annotationsOf()).toEqual(marked)
  })

  it('does not take a page into a copy that nobody could see there', async () => {
    const { a, pages } = await importTwo()
    const [, second] = pages as [Page, Page]
    const out = await onPage(second, 'discard', { reason: 'unreadable' })
    const back = await onPage(out.body.pages[0], 'restore')
    const [page] = back.body.pages
    await runAs(
      app.database.ownerUrl,
      `update page set full_sha256 = null, screen_sha256 = null, thumbnail_sha256 = null, error_code = 'corrupt'
        where id = $1`,
      [page.id],
    )
    expect(await onPage(page, 'move', { copyId: a })).toMatchObject({
      status: 409,
      body: { code: 'review-not-possible', reason: 'page-without-image' },
    })
  })

  it('refuses what somebody else has changed meanwhile, and what is no longer in STAGING', async () => {
    const { a, pages } = await importTwo()
    const [first, second] = pages as [Page, Page]
    await onPage(first, 'rotate', { turn: 180 })
    expect(await onPage(first, 'rotate', { turn: 180 })).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', currentVersion: 2 },
    })
    expect(
      await admin().post(`/api/pages/${second.id}/discard`, { body: { reason: 'blank' } }),
    ).toMatchObject({
      status: 428,
    })
    await admin().post(`/api/copies/${a}/validate`)
    expect(await onPage(second, 'rotate', { turn: 90 })).toMatchObject({
      status: 409,
      body: { code: 'illegal-transition', currentStatus: 'READY' },
    })
  })

  it('says of a turned page that is in no copy how its image lies, until it is filed', async () => {
    const { a, pages } = await importTwo()
    const [, second] = pages as [Page, Page]
    const out = await onPage(second, 'discard', { reason: 'other' })
    const back = await onPage(out.body.pages[0], 'restore')
    const turned = await onPage(back.body.pages[0], 'rotate', { turn: 90 })
    expect(turned.body.pages).toMatchObject([{ place: 'unresolved', turn: 90, imageTurn: 0 }])
    await onPage(turned.body.pages[0], 'move', { copyId: a })
    expect((await admin().post(`/api/copies/${a}/validate`)).body).toMatchObject({ isPrepared: true })
    expect((await pagesOf(a))[1]).toMatchObject({ id: second.id, turn: 90, imageTurn: 90 })
  })

  it('merges and replaces only what nobody has changed since: neither what it changes nor what it takes', async () => {
    const { a, b, pages } = await importTwo()
    const [a1, , b1] = pages as [Page, Page, Page]
    const { pagesVersion } = await copyOf(a)
    // A colleague turns a page of the copy that is about to be merged into the other one.
    await onPage(a1, 'rotate', { turn: 180 })
    expect(await onCopy(b, 'merge', { fromCopyId: a, fromPagesVersion: pagesVersion })).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', currentVersion: pagesVersion + 1, copyId: a },
    })
    expect(await onPage(b1, 'replace', { byPageId: a1.id, byPageVersion: a1.version })).toMatchObject({
      status: 409,
      body: { code: 'version-conflict', currentVersion: a1.version + 1, pageId: a1.id },
    })
    for (const refused of [
      await onCopy(b, 'merge', { fromCopyId: a }),
      await onPage(b1, 'replace', { byPageId: a1.id }),
    ]) {
      expect(refused).toMatchObject({ status: 428, body: { code: 'version-required' } })
    }
    expect([(await orderOf(a)).length, (await orderOf(b)).length]).toEqual([2, 2])
    expect(await merge(b, a)).toMatchObject({ status: 200 })
  })

  it('two people at once: one wins, and no page is in two places', async () => {
    const { a, b, batchId, pages } = await importTwo()
    const [a1, a2] = pages as [Page, Page]
    const answers = await Promise.all([
      onPage(a2, 'move', { copyId: b }),
      onPage(a2, 'discard', { reason: 'other' }),
      onPage(a1, 'move', { copyId: b }),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 409])
    const { filed, discarded } = await countsOf(batchId)
    expect(filed + discarded).toBe(4)
    expect(await orderOf(a)).toEqual([])
  })
})
