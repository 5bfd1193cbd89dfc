import { mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsOf, importScan } from '../../test/support/builders.ts'
import {
  type ErasureRoom,
  gradeCopy,
  makeOwnScan,
  NOTHING,
  openErasureRoom,
  pathOf,
  untilWaiting,
} from '../../test/support/erasing.ts'
import { readTables } from '../../test/support/tables.ts'
import { drainSpool } from '../audit/drain-spool.ts'
import type { Id } from '../observability/id.ts'
import { openDatabase } from '../platform/database.ts'
import { newRef } from '../platform/ids.ts'
import { DAY } from '../platform/units.ts'

describe('erasing the person of a copy', () => {
  let room: ErasureRoom
  beforeAll(async () => {
    room = await openErasureRoom()
  })
  afterAll(() => room?.close())

  const admin = () => room.staff.admin
  const tables = () => readTables(room.app.database.ownerUrl)
  const batchOf = async (copyId: Id): Promise<string> => (await admin().get(pathOf(copyId))).body.batchId

  it('leaves the copy, its state and the count of its pages, and says in an event what went', async () => {
    const before = room.storedFiles()
    const copyId = await room.gradeOne()
    const { accountId } = await room.app.signIn('student')
    await admin().call('PUT', `${pathOf(copyId)}/student`, { body: { accountId } })
    const plan = await room.eraser.plan(copyId)
    const erased = await room.eraser.erase(copyId)
    expect(erased).toMatchObject({
      outcome: 'erased',
      ...{
        annotations: 1,
        scores: 3,
        remarks: 2,
        results: 1,
        students: 1,
        pages: 2,
        scans: 1,
        streamKeys: 1,
      },
      // Its scan, two pages in two sizes (the full image of a light scan serves as the screen image), and the marked PDF.
      ...{ files: 6, filesLeft: 0 },
    })
    expect(erased.bytes).toBeGreaterThan(1_000)
    expect(plan).toEqual({ ...erased, outcome: 'planned' })
    expect(await room.remainsOf(copyId)).toEqual({ status: 'GRADED', pages: 2, ...NOTHING })
    expect(room.storedFiles()).toEqual(before)

    const events = await eventsOf(admin(), pathOf(copyId))
    expect(events.at(-1)).toMatchObject({
      seq: events.length,
      action: 'ERASE',
      actor: { kind: 'operator', ref: room.eraser.operator.ref },
      metadata: { reason_code: 'test-data', fields: erased.sealedFields, files: 6 },
    })
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    const lines = room.app.lines.filter((line) => line.event === 'copy.erased')
    expect(lines.at(-1)).toMatchObject({ 'copy.id': copyId, pages: 2 })
  })

  it('goes back to the marks, the remarks and the result of every version', async () => {
    const copyId = await room.gradeOne()
    await admin().post(`${pathOf(copyId)}/reopen`, { body: { reason: 'appeal', note: 'Un recours' } })
    await gradeCopy(room.staff.marker, pathOf(copyId))
    // Two versions with a comment each; the second has that of the first besides.
    expect(await room.eraser.erase(copyId)).toMatchObject({
      annotations: 3,
      scores: 6,
      remarks: 4,
      results: 2,
    })
    expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
  })

  it('leaves the other copies of a stack as they were, without the scan of all', async () => {
    const [first, second] = await room.importTwo()
    await gradeCopy(room.staff.marker, pathOf(first))
    await gradeCopy(room.staff.marker, pathOf(second))
    const files = ['pages/1', 'pages/2?size=full', 'original', 'marked']
    const parts = [...files, 'annotations', 'scores', 'finalize']
    const readSecond = async () => {
      const answers = []
      for (const part of parts) answers.push(await admin().get(`${pathOf(second)}/${part}`))
      return answers.map(({ status, bytes }) => ({ status, bytes: bytes.toString('base64') }))
    }
    const before = await readSecond()
    expect(before.map(({ status }) => status)).toEqual(parts.map(() => 200))
    await room.eraser.erase(first)
    expect(await room.remainsOf(first)).toMatchObject(NOTHING)
    expect(await readSecond()).toEqual(before)

    const { body: batch } = await admin().get(`/api/batches/${await batchOf(second)}`)
    expect(batch).toMatchObject({ status: 'IMPORTED', fileName: null, pageCount: 4, unresolvedPages: 0 })
    expect(batch.copies).toEqual([first, second])

    expect(await room.eraser.erase(second)).toMatchObject({ outcome: 'erased', scans: 0 })
    expect(await room.remainsOf(second)).toMatchObject(NOTHING)
  })

  it('keeps contents that another copy names as well, until that one is erased', async () => {
    const before = room.storedFiles()
    const scan = makeOwnScan(1)
    const [one, other] = [await importScan(room.staff, { scan }), await importScan(room.staff, { scan })]
    const [first, second] = [one.batch.copies[0], other.batch.copies[0]]
    expect(await room.eraser.erase(first)).toMatchObject({ pages: 1, files: 0, filesLeft: 0 })
    expect(await room.remainsOf(first)).toMatchObject(NOTHING)
    expect((await admin().get(`${pathOf(second)}/original`)).bytes.equals(scan)).toBe(true)
    expect((await admin().get(`${pathOf(second)}/pages/1`)).status).toBe(200)
    expect(await room.eraser.erase(second)).toMatchObject({ files: 3 })
    expect(room.storedFiles()).toEqual(before)
  })

  it('done twice is done once', async () => {
    const copyId = await room.gradeOne()
    await room.eraser.erase(copyId)
    const before = await tables()
    const again = await room.eraser.erase(copyId)
    expect(again).toMatchObject({ outcome: 'already-erased', sealedFields: 0, files: 0 })
    expect(await tables()).toEqual(before)
  })

  it('planned only, changes nothing', async () => {
    const copyId = await room.gradeOne()
    const [rows, files] = [await tables(), room.storedFiles()]
    expect(await room.eraser.plan(copyId)).toMatchObject({ outcome: 'planned', results: 1, files: 6 })
    expect(await tables()).toEqual(rows)
    expect(room.storedFiles()).toEqual(files)
  })

  it('takes a copy whose import has failed, with its scan', async () => {
    const { batch } = await importScan(room.staff, { scan: Buffer.from('%PDF-1.7\nnothing to read\n') })
    expect(batch.status).toBe('FAILED')
    const [copyId] = batch.copies
    expect(await room.eraser.erase(copyId)).toMatchObject({ pages: 0, scans: 1, sealedFields: 1, files: 1 })
    expect(await room.remainsOf(copyId)).toMatchObject({ status: 'STAGING', ...NOTHING })
  })

  it('removes what killed jobs of the copy have left lying, and nobody else’s', async () => {
    const copyId = await room.importOne()
    const work = room.eraser.deps.workDirectory
    const others = [`import-${newRef()}-1`, `prepare-${newRef()}-1-1`]
    const own = [`import-${await batchOf(copyId)}-1`, `prepare-${copyId}-2-1`, `finalize-${copyId}-1`]
    for (const name of [...own, ...others]) {
      mkdirSync(join(work, name))
    }
    await room.eraser.erase(copyId)
    expect(
      readdirSync(work)
        .filter((name) => /^(import|prepare|finalize)-/.test(name))
        .sort(),
    ).toEqual(others.sort())
  })

  describe('whose files somebody may be about to name again', () => {
    it('leaves one that is stored at that moment, and takes it when it is run again', async () => {
      const copyId = await room.importOne()
      const [row] = await room.sql<{ sha256: string }>(
        'select thumbnail_sha256 as sha256 from page where copy_id = $1 and page_index = 0',
        [copyId],
      )
      const sha256 = row?.sha256 ?? ''
      const touch = (time: Date) =>
        utimesSync(join(room.app.folder, 'blobs', sha256.slice(0, 2), sha256), time, time)
      touch(new Date(Date.now() + DAY))
      expect(await room.eraser.erase(copyId)).toMatchObject({ outcome: 'erased', files: 5, filesLeft: 1 })
      expect(room.storedFiles()).toContain(sha256)
      touch(new Date(0))
      expect(await room.eraser.erase(copyId)).toMatchObject({ outcome: 'already-erased', filesLeft: 0 })
      expect(room.storedFiles()).not.toContain(sha256)
      expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
    })

    it('leaves those that are younger than an import under way', async () => {
      const [copyId, other] = [await room.importOne(), await room.importOne()]
      const setImport = (status: string) =>
        room.sql(
          `update batch set status = $2, import_started_at = now() - interval '1 hour'
            where id = (select batch_id from copy where id = $1)`,
          [other, status],
        )
      await setImport('IMPORTING')
      expect(await room.eraser.erase(copyId)).toMatchObject({ outcome: 'erased', filesLeft: 5 })
      await setImport('IMPORTED')
      expect(await room.eraser.erase(copyId)).toMatchObject({ outcome: 'already-erased', filesLeft: 0 })
    })
  })

  describe('is refused', () => {
    it('for a copy that is not there', async () => {
      await expect(room.eraser.erase(newRef())).rejects.toMatchObject({ code: 'not-found' })
    })

    it('while somebody marks the copy', async () => {
      const copyId = await room.importOne()
      await room.staff.marker.post(`${pathOf(copyId)}/lock`)
      await expect(room.eraser.erase(copyId)).rejects.toMatchObject({ code: 'copy-in-use' })
      await expect(room.eraser.plan(copyId)).rejects.toMatchObject({ code: 'copy-in-use' })
      expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, images: 2 })
    })

    it.each(['UPLOADED', 'IMPORTING'])('while its batch is %s', async (status) => {
      const copyId = await room.importOne()
      const setStatus = (to: string) =>
        room.sql('update batch set status = $2 where id = (select batch_id from copy where id = $1)', [
          copyId,
          to,
        ])
      await setStatus(status)
      await expect(room.eraser.erase(copyId)).rejects.toMatchObject({ code: 'copy-in-use' })
      await setStatus('IMPORTED')
      expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, images: 2 })
    })

    it('while events of the copy lie in the spool, unless they can be brought to their table first', async () => {
      const copyId = await room.gradeOne()
      // The table refuses the next event, which goes to the spool with what it seals.
      await room.sql(
        `alter table audit_event add constraint refuse_reopen check (action <> 'REOPEN') not valid`,
      )
      await admin().post(`${pathOf(copyId)}/reopen`, { body: { reason: 'appeal', note: 'Un recours' } })
      await room.sql('alter table audit_event drop constraint refuse_reopen')
      await expect(room.eraser.erase(copyId)).rejects.toMatchObject({ code: 'spool-not-drained' })
      expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, status: 'READY' })

      const { integratorUrl } = room.app.database
      const db = openDatabase(integratorUrl, { applicationName: 'paraph-test' })
      const drain = () => drainSpool({ db, keys: room.app.services.keys })
      expect(await room.eraser.erase(copyId, { drainSpool: drain })).toMatchObject({ outcome: 'erased' })
      await db.destroy()
      expect(await room.sql('select 1 from audit_spool')).toEqual([])
      expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
      const events = await eventsOf(admin(), pathOf(copyId))
      expect(events.slice(-2).map(({ action }) => action)).toEqual(['REOPEN', 'ERASE'])
      expect(events.at(-2).metadata.note).toEqual({ erased: true })
    })
  })

  describe('at the same time as something else', () => {
    it('is waited for by whoever is about to lock the copy, and then they are told', async () => {
      const copyId = await room.importOne()
      const lock = () => room.staff.marker.post(`${pathOf(copyId)}/lock`)
      const { outcome, met } = await eraseDuring(copyId, lock)
      expect(outcome).toBe('erased')
      expect(met).toMatchObject({ status: 410, body: { code: 'copy-erased' } })
      expect(await room.remainsOf(copyId)).toMatchObject({ status: 'READY', ...NOTHING })
    })

    it('as another erasure of the same copy, is done once', async () => {
      const copyId = await room.gradeOne()
      const { outcome, met } = await eraseDuring(copyId, () => room.eraser.erase(copyId))
      expect([outcome, met.outcome]).toEqual(['erased', 'already-erased'])
      const events = await eventsOf(admin(), pathOf(copyId))
      expect(events.filter(({ action }) => action === 'ERASE')).toHaveLength(1)
      expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
    })

    it('as the erasure of another copy of the stack, both are done', async () => {
      const [first, second] = await room.importTwo()
      const { outcome, met } = await eraseDuring(first, () => room.eraser.erase(second))
      expect([outcome, met.outcome, met.scans]).toEqual(['erased', 'erased', 0])
      expect(await room.remainsOf(first)).toMatchObject(NOTHING)
      expect(await room.remainsOf(second)).toMatchObject(NOTHING)
    })

    /** Erases a copy and, when all but the commit is done, begins something that must wait for that. */
    async function eraseDuring<T>(copyId: Id, begin: () => Promise<T>) {
      let begun: Promise<T> | undefined
      const { outcome } = await room.eraser.erase(copyId, {
        appendEvent: async (tx, event) => {
          await room.app.services.appendEvent(tx, event)
          // The last one.
          if (event.stream.kind !== 'copy') return
          begun = begin()
          await untilWaiting(room.app)
        },
      })
      return { outcome, met: await (begun as Promise<T>) }
    }

    it('waits for the marker who is about to lock the copy, and is refused then', async () => {
      const copyId = await room.importOne()
      const client = new pg.Client({ connectionString: room.app.database.url })
      await client.connect()
      await client.query('begin')
      await client.query('select from copy where id = $1 for update', [copyId])
      const erasing = room.eraser.erase(copyId).catch((error: unknown) => error)
      await untilWaiting(room.app)
      await client.query(
        `insert into copy_lock (copy_id, token, holder_id, holder_ref, expires_at)
         select id, gen_random_uuid(), assigned_marker_id, gen_random_uuid(), now() from copy where id = $1`,
        [copyId],
      )
      await client.query(`update copy set status = 'LOCKED', event_seq = event_seq + 1 where id = $1`, [
        copyId,
      ])
      await client.query('commit')
      await client.end()
      expect(await erasing).toMatchObject({ code: 'copy-in-use' })
      expect(await room.remainsOf(copyId)).toMatchObject({ status: 'LOCKED', erased: false, images: 2 })
    })
  })
})
