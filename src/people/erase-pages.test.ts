import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importScan, until } from '../../test/support/builders.ts'
import {
  type ErasureRoom,
  makeOwnScan,
  NOTHING,
  openErasureRoom,
  pathOf,
  untilWaiting,
} from '../../test/support/erasing.ts'
import { saveReadPage } from '../copies/page-store.ts'
import { retryImport } from '../copies/retry-import.ts'
import type { Id } from '../observability/id.ts'
import { engineError } from '../pdf/errors.ts'

type Page = { readonly id: Id; readonly version: number; readonly batchId: Id }

describe('erasing the person of a copy whose pages were put right', () => {
  let room: ErasureRoom
  let engineMayBegin: Promise<void> | undefined
  let isBroken = false
  beforeAll(async () => {
    room = await openErasureRoom({
      wrapPool: (pool) => ({
        ...pool,
        run: async (task, hooks) => {
          await engineMayBegin
          if (isBroken) throw engineError('corrupt')
          return pool.run(task, hooks)
        },
      }),
    })
  })
  afterAll(() => room?.close())

  const admin = () => room.staff.admin

  /** A stack of copies of two pages in STAGING; each page has a code of its own. */
  async function importStack(pages: number) {
    const { batch } = await importScan(room.staff, { scan: makeOwnScan(pages), pagesPerCopy: 2 })
    await room.sql(`update page set copy_code = 'ZOE' || batch_page_index where batch_id = $1`, [batch.id])
    const all: Page[] = (await admin().get(`/api/batches/${batch.id}/pages`)).body.pages
    return { batchId: batch.id as Id, copies: batch.copies as Id[], pages: all as [Page, Page, Page, Page] }
  }
  async function onPage({ id }: Page, deed: string, body?: object) {
    const [row] = await room.sql<{ version: number }>('select version from page where id = $1', [id])
    const answer = await admin().post(`/api/pages/${id}/${deed}`, {
      version: row?.version ?? 0,
      ...(body && { body }),
    })
    expect(answer.status).toBe(200)
    return answer.body
  }
  const imageOf = async ({ id }: Page) => (await admin().get(`/api/pages/${id}/image`)).status
  const isNamed = async (sha256: string) =>
    (await room.sql('select 1 from blob_use where sha256 = $1', [sha256])).length > 0
  const pdfOf = async (copyId: Id) => {
    const [row] = await room.sql<{ sha256: string }>(
      'select prepared_sha256 as sha256 from copy where id = $1',
      [copyId],
    )
    return row?.sha256 ?? ''
  }

  const untilPrepared = (copyId: Id) =>
    until(async () => (await admin().get(pathOf(copyId))).body.isPrepared || undefined)
  const sealedOfBatch = async (batchId: Id) =>
    (
      await room.sql(
        'select 1 from audit_sealed s join batch b on b.stream_ref = s.stream_ref where b.id = $1',
        [batchId],
      )
    ).length

  it('forgets pages that were discarded, and those that were taken back and wait for a place', async () => {
    const { copies, pages } = await importStack(4)
    const [a, b] = copies as [Id, Id]
    await onPage(pages[0], 'discard', { reason: 'other', note: 'Verso de Zoé Exemple' })
    await onPage(pages[1], 'discard', { reason: 'other' })
    await onPage(pages[1], 'restore')
    expect(await room.eraser.erase(a)).toMatchObject({ outcome: 'erased', pages: 2 })
    expect(await room.remainsOf(a)).toMatchObject({ pages: 0, ...NOTHING })
    expect([await imageOf(pages[0]), await imageOf(pages[1])]).toEqual([410, 410])
    expect(await room.remainsOf(b)).toMatchObject({ erased: false, images: 2, codes: 2 })
  })

  it('forgets a page that was replaced, its rescan, and both scans', async () => {
    const before = room.storedFiles()
    const { copies, pages } = await importStack(2)
    const [a] = copies as [Id]
    const rescan = await importStack(1)
    await onPage(pages[0], 'replace', { byPageId: rescan.pages[0].id, byPageVersion: 1 })
    await admin().post(`${pathOf(a)}/validate`)
    const old = await room.eraser.erase(a)
    expect(old).toMatchObject({ outcome: 'erased', pages: 3, scans: 2, filesLeft: 0 })
    expect(await room.remainsOf(a)).toMatchObject({ pages: 2, ...NOTHING })
    expect(room.storedFiles()).toEqual(before)
  })

  it('forgets a page that an undo has taken out of the copy again', async () => {
    const { copies } = await importStack(2)
    const [a] = copies as [Id]
    const rescan = await importStack(1)
    const moved = await onPage(rescan.pages[0], 'move', { copyId: a })
    expect((await admin().post(`/api/page-operations/${moved.operationId}/undo`)).status).toBe(200)
    expect(await room.eraser.erase(a)).toMatchObject({ pages: 3, scans: 2 })
    expect(await room.remainsOf(a)).toMatchObject(NOTHING)
    expect(await imageOf(rescan.pages[0])).toBe(410)
  })

  it('leaves a page that was discarded from another copy, and one that another copy has now', async () => {
    const { copies, pages } = await importStack(4)
    const [a, b] = copies as [Id, Id]
    await onPage(pages[0], 'discard', { reason: 'other' })
    await onPage(pages[3], 'move', { copyId: a })
    await untilPrepared(a)
    await room.eraser.erase(b)
    expect(await room.remainsOf(b)).toMatchObject({ pages: 1, ...NOTHING })
    expect(await Promise.all(pages.map(imageOf))).toEqual([200, 200, 410, 200])
    expect((await admin().get(`${pathOf(a)}/pages`)).body.pages).toMatchObject([
      { id: pages[1].id },
      { id: pages[3].id },
    ])
    expect(await room.eraser.erase(a)).toMatchObject({ pages: 3 })
    expect(await room.remainsOf(a)).toMatchObject({ pages: 2, ...NOTHING })
    expect(await Promise.all(pages.map(imageOf))).toEqual([410, 410, 410, 410])
  })

  it('leaves no PDF in the copy that its pages came from', async () => {
    const { copies, pages } = await importStack(4)
    const [a, b] = copies as [Id, Id]
    const pdf = await pdfOf(a)
    expect(await isNamed(pdf)).toBe(true)
    const { pagesVersion } = (await admin().get(pathOf(b))).body
    await admin().post(`${pathOf(b)}/merge`, {
      version: pagesVersion,
      body: { fromCopyId: a, fromPagesVersion: 1 },
    })
    expect(await isNamed(pdf)).toBe(false)
    expect((await admin().get(`${pathOf(a)}/original`)).status).toBe(404)
    await room.eraser.erase(b)
    expect(await room.remainsOf(b)).toMatchObject({ pages: 4, ...NOTHING })
    expect(await room.remainsOf(a)).toMatchObject({ original_sha256: null, prepared_sha256: null })
    expect(await imageOf(pages[0])).toBe(410)
  })

  it('takes pages that were never in a copy with the scan; they can be discarded, so that others can be marked', async () => {
    const { copies, pages, batchId } = await importStack(5)
    const [a, b] = copies as [Id, Id]
    const rest = (await admin().get(`/api/batches/${batchId}/pages`)).body.pages[4]
    expect(rest).toMatchObject({ place: 'unresolved', hasImage: true })
    expect(await room.eraser.erase(a)).toMatchObject({ pages: 3, scans: 1 })
    const [left] = await room.sql('select full_sha256, copy_code, fingerprint from page where id = $1', [
      rest.id,
    ])
    expect(left).toEqual({ full_sha256: null, copy_code: null, fingerprint: null })
    expect(await imageOf(pages[2])).toBe(200)
    expect((await admin().post(`${pathOf(b)}/validate`)).body).toMatchObject({ code: 'copy-not-complete' })
    await onPage(rest, 'discard', { reason: 'unreadable' })
    expect((await admin().post(`${pathOf(b)}/validate`)).body).toMatchObject({ status: 'READY' })
  })

  it('waits until the PDF of another copy is made of the same scan, which that copy could not do without', async () => {
    const { copies, pages } = await importStack(4)
    const [a, b] = copies as [Id, Id]
    const { promise, resolve } = Promise.withResolvers<void>()
    engineMayBegin = promise
    await onPage(pages[2], 'rotate', { turn: 180 })
    await expect(room.eraser.erase(a)).rejects.toMatchObject({ code: 'copy-in-use' })
    await expect(room.eraser.plan(a)).rejects.toMatchObject({ code: 'copy-in-use' })
    expect(await imageOf(pages[0])).toBe(200)
    resolve()
    await untilPrepared(b)
    expect(await room.eraser.erase(a)).toMatchObject({ outcome: 'erased', scans: 1 })
    expect((await admin().post(`${pathOf(b)}/validate`)).body).toMatchObject({ status: 'READY' })
    expect((await admin().get(`${pathOf(b)}/original`)).status).toBe(200)
  })

  it('takes the notes on pages in no copy from the stream of the batch', async () => {
    const { batchId, copies, pages } = await importStack(5)
    const [a, b] = copies as [Id, Id]
    const rest = (await admin().get(`/api/batches/${batchId}/pages`)).body.pages[4]
    await onPage(rest, 'discard', { reason: 'other', note: 'Reste de la copie de Zoé Exemple' })
    expect(await sealedOfBatch(batchId)).toBe(1)
    expect(await room.eraser.erase(a)).toMatchObject({ outcome: 'erased', streamKeys: 2 })
    expect(await sealedOfBatch(batchId)).toBe(0)
    expect(await room.eventsOfBatch(batchId)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          action: 'DISCARD_PAGE',
          metadata: expect.objectContaining({ note: { erased: true } }),
        }),
        expect.objectContaining({
          action: 'ERASE',
          metadata: { reason_code: 'test-data', fields: 1, files: 0 },
        }),
      ]),
    )
    expect(await room.eraser.erase(a)).toMatchObject({ outcome: 'already-erased' })
    // The scan is erased once, though each of its copies is.
    await room.eraser.erase(b)
    const erasures = (await room.eventsOfBatch(batchId)).filter(({ action }) => action === 'ERASE')
    expect(erasures).toHaveLength(1)
    expect(await imageOf(pages[0])).toBe(410)
  })

  it('takes the name that a failed import of the stack has left there', async () => {
    isBroken = true
    const { batch } = await importScan(room.staff, { scan: makeOwnScan(2), pagesPerCopy: 2 })
    isBroken = false
    expect(batch).toMatchObject({ status: 'FAILED', copies: [] })
    expect(await sealedOfBatch(batch.id)).toBe(1)
    await room.eraser.asOperator(() =>
      retryImport(room.app.services, batch.id, { action: 'retry-import', reason_code: 'other' }),
    )
    const [copyId] = await until(async () => {
      const { body } = await admin().get(`/api/batches/${batch.id}`)
      return body.status === 'IMPORTED' ? body.copies : undefined
    })
    expect(await room.eraser.erase(copyId)).toMatchObject({ outcome: 'erased' })
    expect(await sealedOfBatch(batch.id)).toBe(0)
    expect((await room.eventsOfBatch(batch.id)).find(({ action }) => action === 'IMPORT')).toMatchObject({
      metadata: { success: false, filename: { erased: true } },
    })
  })

  it('keeps no note on a page of a scan that was erased', async () => {
    const { batchId, copies } = await importStack(5)
    const rest = (await admin().get(`/api/batches/${batchId}/pages`)).body.pages[4]
    await room.eraser.erase(copies[0] as Id)
    await onPage(rest, 'discard', { reason: 'unreadable', note: 'De Zoé Exemple' })
    expect(await sealedOfBatch(batchId)).toBe(0)
  })

  describe('at the same time as something is done to them', () => {
    it('takes the scan of a page that has just come to the copy', async () => {
      const { copies } = await importStack(2)
      const [a] = copies as [Id]
      const rescan = await importStack(1)
      const client = new pg.Client({ connectionString: room.app.database.ownerUrl })
      await client.connect()
      await client.query('begin')
      await client.query(`select pg_advisory_xact_lock(hashtextextended('review:' || $1::text, 0))`, [
        room.staff.examId,
      ])
      const erasing = room.eraser.erase(a)
      await untilWaiting(room.app)
      await client.query('update page set copy_id = $1, page_index = 2 where id = $2', [
        a,
        rescan.pages[0].id,
      ])
      await client.query('commit')
      await client.end()
      expect(await erasing).toMatchObject({ scans: 2, pages: 3 })
      expect(await room.remainsOf(a)).toMatchObject(NOTHING)
    })

    it('gets no image back from a page that is being turned', async () => {
      const { copies, pages, batchId } = await importStack(2)
      const [a] = copies as [Id]
      const image = { sha256: 'a'.repeat(64), mediaType: 'image/webp' }
      const images = { full: image, screen: image, thumbnail: image }
      const read = { batchPageIndex: 0, ...images, widthPx: 1, heightPx: 1, turn: 0, copyCode: null } as const
      const more = {
        pageNumber: null,
        path: 'rendered',
        reason: 'drawn',
        dpi: null,
        fingerprint: 'f',
        flags: [],
      }
      let saving: Promise<void> | undefined
      await room.eraser.erase(a, {
        appendEvent: async (tx, event) => {
          await room.app.services.appendEvent(tx, event)
          if (event.stream.kind !== 'copy') return
          saving = saveReadPage(room.app.services.db, batchId, { ...read, ...more }, a)
          await untilWaiting(room.app)
        },
      })
      await saving
      expect(await room.remainsOf(a)).toMatchObject(NOTHING)
      expect(await imageOf(pages[0])).toBe(410)
    })
  })
})
