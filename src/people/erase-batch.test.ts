import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importScan, until } from '../../test/support/builders.ts'
import {
  type ErasureRoom,
  makeBrokenScan,
  makeOwnScan,
  NOTHING,
  NOTHING_OF_SCAN,
  openErasureRoom,
  pathOf,
} from '../../test/support/erasing.ts'
import { readTables } from '../../test/support/tables.ts'
import { drainSpool } from '../audit/drain-spool.ts'
import { retryImport } from '../copies/retry-import.ts'
import type { Id } from '../observability/id.ts'
import { engineError } from '../pdf/errors.ts'
import { openDatabase } from '../platform/database.ts'
import { newRef } from '../platform/ids.ts'
import { DAY } from '../platform/units.ts'

describe('erasing a scan that came to no copy', () => {
  let room: ErasureRoom
  /** Whether the engine fails when the pages were read and the stack is cut. */
  let isCutBroken = false
  let engineMayBegin: Promise<void> | undefined
  beforeAll(async () => {
    room = await openErasureRoom({
      wrapPool: (pool) => ({
        ...pool,
        run: async (task, hooks) => {
          await engineMayBegin
          if (isCutBroken && task.kind === 'extract') throw engineError('corrupt')
          return pool.run(task, hooks)
        },
      }),
    })
  })
  afterAll(() => room?.close())

  const admin = () => room.staff.admin
  const tables = () => readTables(room.app.database.ownerUrl)
  const pagesOf = async (batchId: Id): Promise<{ id: Id; version: number }[]> =>
    (await admin().get(`/api/batches/${batchId}/pages`)).body.pages
  const imageOf = async (pageId: Id) => (await admin().get(`/api/pages/${pageId}/image`)).status
  async function onFirstPage(batchId: Id, deed: string, body?: object) {
    const [page] = await pagesOf(batchId)
    return admin().post(`/api/pages/${page?.id}/${deed}`, {
      version: page?.version ?? 0,
      ...(body && { body }),
    })
  }
  const erasuresOf = async (batchId: Id) =>
    (await room.eventsOfBatch(batchId)).filter(({ action }) => action === 'ERASE')

  it('takes the file, its name and what the failure has sealed, and says so on the stream of the batch', async () => {
    const before = room.storedFiles()
    const batchId = await room.importBroken()
    expect(await room.remainsOfBatch(batchId)).toMatchObject({ sealed: 1, keys: 1 })
    const plan = await room.eraser.planBatch(batchId)
    const erased = await room.eraser.eraseBatch(batchId)
    expect(erased).toMatchObject({
      ...{ outcome: 'erased', scans: 1, pages: 0, sealedFields: 1, streamKeys: 1, files: 1, filesLeft: 0 },
    })
    expect(erased.bytes).toBeGreaterThan(20)
    expect(plan).toEqual({ ...erased, outcome: 'planned' })
    expect(await room.remainsOfBatch(batchId)).toEqual({ status: 'FAILED', pages: 0, ...NOTHING_OF_SCAN })
    expect(room.storedFiles()).toEqual(before)

    const events = (await room.eventsOfBatch(batchId)).toSorted((a, b) => a.seq - b.seq)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    expect(events.find(({ action }) => action === 'IMPORT')?.metadata).toMatchObject({
      filename: { erased: true },
    })
    expect(events.at(-1)).toMatchObject({
      action: 'ERASE',
      actor: { kind: 'operator', ref: room.eraser.operator.ref },
      metadata: { reason_code: 'test-data', fields: 1, files: 1, pages: 0 },
    })
    const lines = room.app.lines.filter((line) => line.event === 'batch.erased')
    expect(lines.at(-1)).toMatchObject({ 'batch.id': batchId, pages: 0 })
    expect((await admin().get(`/api/batches/${batchId}`)).body).toMatchObject({ fileName: null })
  })

  it('takes the images of pages that were read before the import failed', async () => {
    const before = room.storedFiles()
    isCutBroken = true
    const { batch } = await importScan(room.staff, { scan: makeOwnScan(4), pagesPerCopy: 2 })
    isCutBroken = false
    expect(batch).toMatchObject({ status: 'FAILED', copies: [] })
    expect(await room.remainsOfBatch(batch.id)).toMatchObject({ pages: 4, images: 4 })
    expect(await room.eraser.eraseBatch(batch.id)).toMatchObject({ pages: 4, files: 9, filesLeft: 0 })
    expect(await room.remainsOfBatch(batch.id)).toEqual({ status: 'FAILED', pages: 4, ...NOTHING_OF_SCAN })
    expect(room.storedFiles()).toEqual(before)
  })

  it('takes pages that were never placed, and those that were discarded, with the notes on them', async () => {
    const batchId = await room.importUnplaced(2)
    await onFirstPage(batchId, 'discard', { reason: 'other', note: 'De la copie de Zoé Exemple' })
    expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 2, codes: 2, sealed: 2 })
    expect(await room.eraser.eraseBatch(batchId)).toMatchObject({ pages: 2, sealedFields: 2, files: 5 })
    expect(await room.remainsOfBatch(batchId)).toEqual({ status: 'IMPORTED', pages: 2, ...NOTHING_OF_SCAN })
    const [page] = await pagesOf(batchId)
    expect(page).toMatchObject({ place: 'discarded', hasImage: false, copyCode: null })
    expect(await imageOf(page?.id as Id)).toBe(404)
  })

  it('takes one whose pages were in a copy once, and leaves that copy as it is', async () => {
    const [copyId] = (await importScan(room.staff, { scan: makeOwnScan(2), pagesPerCopy: 2 })).batch.copies
    const rescan = await room.importUnplaced()
    const moved = await onFirstPage(rescan, 'move', { copyId })
    await admin().post(`/api/page-operations/${moved.body.operationId}/undo`)
    const before = await room.remainsOf(copyId)
    expect(await room.eraser.eraseBatch(rescan)).toMatchObject({ outcome: 'erased', pages: 1, scans: 1 })
    expect(await room.remainsOfBatch(rescan)).toMatchObject(NOTHING_OF_SCAN)
    expect(await room.remainsOf(copyId)).toEqual({ ...before, images: 2, codes: 2, scans: 1 })
    // That copy's person is erased later: the scan was, and is not told of again.
    expect(await room.eraser.erase(copyId)).toMatchObject({ outcome: 'erased', scans: 1 })
    expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
    expect(await erasuresOf(rescan)).toHaveLength(1)
  })

  it('takes what was left of a scan after its copies, and says so in an event of its own', async () => {
    const [own] = (await importScan(room.staff, { scan: makeOwnScan(2), pagesPerCopy: 2 })).batch.copies
    const { batch } = await importScan(room.staff, { scan: makeOwnScan(3), pagesPerCopy: 2 })
    const rest = (await pagesOf(batch.id))[2]
    const moved = await admin().post(`/api/pages/${rest?.id}/move`, {
      version: rest?.version ?? 0,
      body: { copyId: own },
    })
    await admin().post(`/api/page-operations/${moved.body.operationId}/undo`)
    await room.eraser.erase(batch.copies[0])
    expect(await room.remainsOfBatch(batch.id)).toMatchObject({ scan: null, images: 1 })
    expect(await room.eraser.eraseBatch(batch.id)).toMatchObject({ outcome: 'erased', pages: 1, scans: 0 })
    expect(await room.remainsOfBatch(batch.id)).toMatchObject(NOTHING_OF_SCAN)
    expect((await erasuresOf(batch.id)).map(({ metadata }) => metadata['pages']).toSorted()).toEqual([
      1,
      undefined,
    ])
    expect(await room.eraser.eraseBatch(batch.id)).toMatchObject({ outcome: 'already-erased' })
  })

  it('keeps contents that another batch names as well, until that one is erased', async () => {
    const before = room.storedFiles()
    const scan = makeBrokenScan()
    const [first, second] = [await room.importBroken(scan), await room.importBroken(scan)]
    expect(await room.eraser.eraseBatch(first)).toMatchObject({ scans: 1, files: 0, filesLeft: 0 })
    expect(room.storedFiles().size).toBe(before.size + 1)
    expect(await room.eraser.eraseBatch(second)).toMatchObject({ files: 1 })
    expect(room.storedFiles()).toEqual(before)
  })

  it('done twice is done once', async () => {
    const batchId = await room.importUnplaced()
    await room.eraser.eraseBatch(batchId)
    const before = await tables()
    expect(await room.eraser.eraseBatch(batchId)).toMatchObject({ outcome: 'already-erased', files: 0 })
    expect(await tables()).toEqual(before)
  })

  it('planned only, changes nothing', async () => {
    const batchId = await room.importUnplaced()
    const [rows, files] = [await tables(), room.storedFiles()]
    expect(await room.eraser.planBatch(batchId)).toMatchObject({ outcome: 'planned', pages: 1, files: 3 })
    expect(await tables()).toEqual(rows)
    expect(room.storedFiles()).toEqual(files)
  })

  it('removes what killed imports of it have left lying, and nobody else’s', async () => {
    const batchId = await room.importBroken()
    const work = room.eraser.deps.workDirectory
    const other = `import-${newRef()}-1`
    for (const name of [`import-${batchId}-9`, other]) mkdirSync(join(work, name))
    await room.eraser.eraseBatch(batchId)
    expect(readdirSync(work).filter((name) => name.startsWith('import-'))).toEqual([other])
  })

  it('leaves a file that somebody stores at that moment, and takes it when it is run again', async () => {
    const batchId = await room.importBroken()
    const [row] = await room.sql<{ sha256: string }>(
      'select original_sha256 as sha256 from batch where id = $1',
      [batchId],
    )
    const sha256 = row?.sha256 ?? ''
    const touch = (time: Date) =>
      utimesSync(join(room.app.folder, 'blobs', sha256.slice(0, 2), sha256), time, time)
    touch(new Date(Date.now() + DAY))
    expect(await room.eraser.eraseBatch(batchId)).toMatchObject({ outcome: 'erased', filesLeft: 1 })
    expect(await room.remainsOfBatch(batchId)).toMatchObject({ ...NOTHING_OF_SCAN, blobs: 1 })
    expect(await room.eraser.planBatch(batchId)).toMatchObject({ outcome: 'already-erased', filesLeft: 1 })
    touch(new Date(0))
    expect(await room.eraser.eraseBatch(batchId)).toMatchObject({ outcome: 'already-erased', filesLeft: 0 })
    expect(room.storedFiles()).not.toContain(sha256)
    expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
  })

  describe('is refused', () => {
    const refused = async (batchId: Id, title: RegExp) => {
      const before = await room.remainsOfBatch(batchId)
      const refusal = { code: 'batch-in-use', title: expect.stringMatching(title) }
      await expect(room.eraser.eraseBatch(batchId)).rejects.toMatchObject(refusal)
      await expect(room.eraser.planBatch(batchId)).rejects.toMatchObject(refusal)
      expect(await room.remainsOfBatch(batchId)).toEqual(before)
      expect(before?.['scan']).not.toBeNull()
    }

    it('for a batch that is not there', async () => {
      await expect(room.eraser.eraseBatch(newRef())).rejects.toMatchObject({
        code: 'not-found',
        title: 'There is no such batch.',
      })
    })

    it.each(['UPLOADED', 'IMPORTING'])('while it is %s', async (status) => {
      const batchId = await room.importBroken()
      const setStatus = (to: string) =>
        room.sql(
          `update batch set status = $2, error_code = case $2 when 'FAILED' then 'corrupt' end where id = $1`,
          [batchId, to],
        )
      await setStatus(status)
      await refused(batchId, /import of this scan has not ended/)
      await setStatus('FAILED')
    })

    it('while its failed import is tried once more, until that has ended as well', async () => {
      const batchId = await room.importBroken()
      const { promise, resolve } = Promise.withResolvers<void>()
      engineMayBegin = promise
      await room.eraser.asOperator(() =>
        retryImport(room.app.services, batchId, { action: 'retry-import', reason_code: 'other' }),
      )
      await refused(batchId, /import of this scan has not ended/)
      resolve()
      await until(async () => (await room.remainsOfBatch(batchId))?.['status'] === 'FAILED' || undefined)
      expect(await room.eraser.eraseBatch(batchId)).toMatchObject({ outcome: 'erased' })
    })

    it('while a copy is not erased that was made of it, with pages or without', async () => {
      const { batch } = await importScan(room.staff, { scan: makeOwnScan(2), pagesPerCopy: 2 })
      await refused(batch.id, /erase the copy/)
      await onFirstPage(batch.id, 'discard', { reason: 'other' })
      await onFirstPage(batch.id, 'discard', { reason: 'other' })
      await refused(batch.id, /erase the copy/)
      await room.eraser.erase(batch.copies[0])
      expect(await room.eraser.eraseBatch(batch.id)).toMatchObject({ outcome: 'already-erased' })
      // The erasure went with the copy.
      expect(await erasuresOf(batch.id)).toHaveLength(1)
    })

    it('while the copy of a failed import is not erased, which came with the upload', async () => {
      const { batch } = await importScan(room.staff, { scan: makeBrokenScan() })
      expect(batch).toMatchObject({ status: 'FAILED', copies: [expect.any(String)] })
      await refused(batch.id, /erase the copy/)
    })

    it('while a copy of another scan has a page of it', async () => {
      const [copyId] = (await importScan(room.staff, { scan: makeOwnScan(2), pagesPerCopy: 2 })).batch.copies
      const rescan = await room.importUnplaced()
      await onFirstPage(rescan, 'move', { copyId })
      await refused(rescan, /erase the copy/)
    })

    it('while events of the batch lie in the spool, unless they can be brought to their table first', async () => {
      const batchId = await room.importUnplaced()
      await room.sql(
        `alter table audit_event add constraint refuse_discard check (action <> 'DISCARD_PAGE') not valid`,
      )
      await onFirstPage(batchId, 'discard', { reason: 'other', note: 'De Zoé Exemple' })
      await room.sql('alter table audit_event drop constraint refuse_discard')
      await expect(room.eraser.eraseBatch(batchId)).rejects.toMatchObject({ code: 'spool-not-drained' })
      expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 1 })

      const db = openDatabase(room.app.database.integratorUrl, { applicationName: 'paraph-test' })
      const drain = () => drainSpool({ db, keys: room.app.services.keys })
      expect(await room.eraser.eraseBatch(batchId, { drainSpool: drain })).toMatchObject({
        outcome: 'erased',
      })
      await db.destroy()
      expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
      const note = (await room.eventsOfBatch(batchId)).find(({ action }) => action === 'DISCARD_PAGE')
      expect(note?.metadata['note']).toEqual({ erased: true })
    })
  })

  describe('afterwards', () => {
    it('pages come to no copy any more; they can be discarded, without a note that is kept', async () => {
      const [copyId] = (await importScan(room.staff, { scan: makeOwnScan(2), pagesPerCopy: 2 })).batch.copies
      const batchId = await room.importUnplaced()
      await room.eraser.eraseBatch(batchId)
      expect((await onFirstPage(batchId, 'move', { copyId })).body).toMatchObject({ code: 'copy-erased' })
      const discarded = await onFirstPage(batchId, 'discard', { reason: 'other', note: 'De Zoé Exemple' })
      expect(discarded.status).toBe(200)
      expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
    })

    it('the same file may be uploaded again, and is imported', async () => {
      const scan = makeOwnScan(1)
      const { batch } = await importScan(room.staff, { scan, pagesPerCopy: 2 })
      await room.eraser.eraseBatch(batch.id)
      const again = (await importScan(room.staff, { scan })).batch
      expect(again.status).toBe('IMPORTED')
      expect((await admin().get(`${pathOf(again.copies[0])}/original`)).bytes.equals(scan)).toBe(true)
    })
  })
})
