import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importScan } from '../../test/support/builders.ts'
import {
  type ErasureRoom,
  makeOwnScan,
  NOTHING_OF_SCAN,
  openErasureRoom,
  untilWaiting,
} from '../../test/support/erasing.ts'
import { saveReadPage } from '../copies/page-store.ts'
import { retryImport } from '../copies/retry-import.ts'
import type { Id } from '../observability/id.ts'

describe('erasing a scan at the same time as something else', () => {
  let room: ErasureRoom
  beforeAll(async () => {
    room = await openErasureRoom()
  })
  afterAll(() => room?.close())

  /** Erases a scan and, when all but the commit is done, begins something that must wait for that. */
  async function eraseDuring<T>(batchId: Id, begin: () => Promise<T>) {
    let begun: Promise<T> | undefined
    const { outcome } = await room.eraser.eraseBatch(batchId, {
      appendEvent: async (tx, event) => {
        await room.app.services.appendEvent(tx, event)
        begun = begin()
        await untilWaiting(room.app)
      },
    })
    return { outcome, met: await (begun as Promise<T>) }
  }
  const retry = (batchId: Id) =>
    room.eraser.asOperator(() =>
      retryImport(room.app.services, batchId, { action: 'retry-import', reason_code: 'other' }),
    )
  const firstPageOf = async (batchId: Id) =>
    (await room.staff.admin.get(`/api/batches/${batchId}/pages`)).body.pages[0]
  const move = async (batchId: Id, copyId: Id) => {
    const { id, version } = await firstPageOf(batchId)
    return room.staff.admin.post(`/api/pages/${id}/move`, { version, body: { copyId } })
  }
  const makeCopy = async (): Promise<Id> =>
    (await importScan(room.staff, { scan: makeOwnScan(2), pagesPerCopy: 2 })).batch.copies[0]

  it('is waited for by whoever has its import tried again, and then they are told', async () => {
    const batchId = await room.importBroken()
    const { outcome, met } = await eraseDuring(batchId, () => retry(batchId).catch((error: unknown) => error))
    expect(outcome).toBe('erased')
    expect(met).toMatchObject({ code: 'copy-erased' })
    expect(await room.remainsOfBatch(batchId)).toMatchObject({ status: 'FAILED', ...NOTHING_OF_SCAN })
  })

  it('waits for whoever has its import tried again, and is refused then', async () => {
    const batchId = await room.importBroken()
    const client = new pg.Client({ connectionString: room.app.database.ownerUrl })
    await client.connect()
    await client.query('begin')
    await client.query(`update batch set status = 'UPLOADED', error_code = null where id = $1`, [batchId])
    const erasing = room.eraser.eraseBatch(batchId).catch((error: unknown) => error)
    await untilWaiting(room.app)
    await client.query('commit')
    await client.end()
    expect(await erasing).toMatchObject({ code: 'batch-in-use' })
    expect(await room.remainsOfBatch(batchId)).toMatchObject({ status: 'UPLOADED', sealed: 1 })
  })

  it('is waited for by whoever moves a page of it to a copy, and then they are told', async () => {
    const [copyId, batchId] = [await makeCopy(), await room.importUnplaced()]
    const { outcome, met } = await eraseDuring(batchId, () => move(batchId, copyId))
    expect([outcome, met.body.code]).toEqual(['erased', 'copy-erased'])
    expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
  })

  it('waits for whoever moves a page of it to a copy, and is refused then', async () => {
    const [copyId, batchId] = [await makeCopy(), await room.importUnplaced()]
    const client = new pg.Client({ connectionString: room.app.database.ownerUrl })
    await client.connect()
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(hashtextextended('review:' || $1::text, 0))`, [
      room.staff.examId,
    ])
    const erasing = room.eraser.eraseBatch(batchId).catch((error: unknown) => error)
    await untilWaiting(room.app)
    await client.query('update page set copy_id = $1, page_index = 2 where batch_id = $2', [copyId, batchId])
    await client.query('commit')
    await client.end()
    expect(await erasing).toMatchObject({ code: 'batch-in-use' })
    expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 1 })
  })

  it('gets no image back from a worker that has outlived the import', async () => {
    const batchId = await room.importUnplaced()
    const image = { sha256: 'a'.repeat(64), mediaType: 'image/webp' }
    const images = { full: image, screen: image, thumbnail: image }
    const page = {
      ...{
        batchPageIndex: 0,
        ...images,
        widthPx: 1,
        heightPx: 1,
        turn: 0 as const,
        copyCode: null,
        pageNumber: null,
      },
      ...{ path: 'rendered', reason: 'drawn', dpi: null, fingerprint: 'f', flags: [] },
    } as const
    const save = () => saveReadPage(room.app.services.db, batchId, page, null)
    expect(await eraseDuring(batchId, save)).toMatchObject({ outcome: 'erased' })
    await save()
    expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
  })

  it('as another erasure of the same scan, is done once', async () => {
    const batchId = await room.importUnplaced()
    const { outcome, met } = await eraseDuring(batchId, () => room.eraser.eraseBatch(batchId))
    expect([outcome, met.outcome]).toEqual(['erased', 'already-erased'])
    const events = await room.eventsOfBatch(batchId)
    expect(events.filter(({ action }) => action === 'ERASE')).toHaveLength(1)
    expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
  })
})
