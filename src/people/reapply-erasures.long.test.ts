import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Backup, backUp, backUpBatch } from '../../test/support/backup.ts'
import { eventsOf } from '../../test/support/builders.ts'
import {
  type ErasureRoom,
  NOTHING,
  NOTHING_OF_SCAN,
  openErasureRoom,
  pathOf,
} from '../../test/support/erasing.ts'
import { readTables } from '../../test/support/tables.ts'
import type { Id } from '../observability/id.ts'
import { newRef } from '../platform/ids.ts'
import { readErasures } from './read-erasures.ts'
import { type KnownErasure, reapplyErasures } from './reapply-erasures.ts'

describe('erasing again what a restored backup has brought back', () => {
  let room: ErasureRoom
  const backups: Backup[] = []
  const folder = mkdtempSync(join(tmpdir(), 'paraph-export-'))
  beforeAll(async () => {
    room = await openErasureRoom()
  })
  afterAll(async () => {
    for (const backup of backups) backup.remove()
    rmSync(folder, { recursive: true, force: true })
    await room?.close()
  })

  const reapply = (elsewhere: readonly KnownErasure[] = [], isDryRun = false) =>
    room.eraser.asOperator(() => reapplyErasures(room.eraser.deps, { elsewhere, isDryRun }))
  const tables = () => readTables(room.app.database.ownerUrl)
  const actionsOf = async (copyId: Id): Promise<string[]> =>
    (await eventsOf(room.staff.admin, pathOf(copyId))).map(({ action }) => action)
  const rowOf = async (id: Id, table: 'copy' | 'batch' = 'copy') => {
    const [row] = await room.sql<{ ref: Id; seq: number }>(
      `select stream_ref as ref, event_seq as seq from ${table} where id = $1`,
      [id],
    )
    return row as { ref: Id; seq: number }
  }

  /** A copy that was erased after a backup was made of it. */
  async function eraseBackedUp(): Promise<{ copyId: Id; backup: Backup }> {
    const copyId = await room.gradeOne()
    const backup = await backUp(room.app, copyId)
    backups.push(backup)
    await room.eraser.erase(copyId)
    return { copyId, backup }
  }

  /** The same of a scan of two pages that no copy has. */
  async function eraseBackedUpScan(): Promise<{ batchId: Id; backup: Backup }> {
    const batchId = await room.importUnplaced(2)
    const backup = await backUpBatch(room.app, batchId)
    backups.push(backup)
    await room.eraser.eraseBatch(batchId)
    return { batchId, backup }
  }

  it('changes nothing where nothing has come back', async () => {
    await eraseBackedUp()
    const before = await tables()
    expect(await reapply()).toMatchObject({ erased: 0, absent: 0, refused: [], filesLeft: 0 })
    expect(await tables()).toEqual(before)
  })

  it('erases a copy whose rows and files came back beside a newer log, which gets no second event', async () => {
    const { copyId, backup } = await eraseBackedUp()
    const [before, actions] = [room.storedFiles(), await actionsOf(copyId)]
    await backup.restore('business', 'sealed')
    expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, results: 1, images: 2, keys: 1 })
    expect(room.storedFiles().size).toBeGreaterThan(before.size)

    expect(await reapply()).toMatchObject({ erased: 1, refused: [], filesLeft: 0 })
    expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
    expect(await actionsOf(copyId)).toEqual(actions)
    // The next event of the copy, were there one, would not take a place that is taken.
    expect((await rowOf(copyId)).seq).toBe(actions.length)
    expect(await reapply()).toMatchObject({ erased: 0 })
  })

  it('erases sealed members and keys that came back alone', async () => {
    const { copyId, backup } = await eraseBackedUp()
    await backup.restore('sealed')
    expect(await room.remainsOf(copyId)).toMatchObject({ erased: true, keys: 1 })
    expect(await reapply()).toMatchObject({ erased: 1 })
    expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
  })

  it('forgets what the log has sealed of a copy that is not here', async () => {
    const { copyId, backup } = await eraseBackedUp()
    const { ref } = await rowOf(copyId)
    await backup.restore('sealed')
    const stranger = newRef()
    for (const table of ['audit_event', 'audit_sealed', 'audit_stream_key']) {
      const trigger = `alter table ${table} disable trigger all`
      await room.sql(`${trigger}; update ${table} set stream_ref = '${stranger}' where stream_ref = '${ref}'`)
      await room.sql(trigger.replace('disable', 'enable'))
    }
    const left = () => room.sql('select 1 from audit_sealed where stream_ref = $1', [stranger])
    expect((await left()).length).toBeGreaterThan(0)
    expect(await reapply([], true)).toMatchObject({ absent: 1 })
    expect((await left()).length).toBeGreaterThan(0)
    await reapply()
    expect(await left()).toEqual([])
  })

  it('says what it would do, and does not do it', async () => {
    const { copyId, backup } = await eraseBackedUp()
    await backup.restore('business', 'sealed')
    const [before, files] = [await tables(), room.storedFiles()]
    expect(await reapply([], true)).toMatchObject({ erased: 1 })
    expect(await tables()).toEqual(before)
    expect(room.storedFiles()).toEqual(files)
    await reapply()
    expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
  })

  it('names a copy that is in use again, and goes on with the others', async () => {
    const [first, second] = [await eraseBackedUp(), await eraseBackedUp()]
    for (const { backup } of [first, second]) await backup.restore('business', 'sealed')
    await room.sql(
      `update batch set status = 'IMPORTING' where id = (select batch_id from copy where id = $1)`,
      [first.copyId],
    )
    expect(await reapply()).toMatchObject({ erased: 1, refused: [first.copyId] })
    expect(await room.remainsOf(first.copyId)).toMatchObject({ erased: false, images: 2 })
    await room.sql(`update batch set status = 'IMPORTED'`)
    expect(await reapply()).toMatchObject({ erased: 1, refused: [], filesLeft: 0 })
    expect(await room.remainsOf(second.copyId)).toMatchObject(NOTHING)
  })

  describe('of a scan by itself', () => {
    const erasuresOf = async (batchId: Id) =>
      (await room.eventsOfBatch(batchId)).filter(({ action }) => action === 'ERASE')

    it('erases it again when rows and files came back beside a newer log, which gets no second event', async () => {
      const { batchId, backup } = await eraseBackedUpScan()
      const [before, events] = [room.storedFiles(), await room.eventsOfBatch(batchId)]
      await backup.restore('business', 'sealed')
      expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 2, sealed: 1, keys: 1 })
      expect(await reapply([], true)).toMatchObject({ erased: 1, refusedBatches: [] })
      expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 2, sealed: 1, keys: 1 })

      expect(await reapply()).toMatchObject({ erased: 1, refusedBatches: [], filesLeft: 0 })
      expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
      expect(room.storedFiles()).toEqual(before)
      expect(await room.eventsOfBatch(batchId)).toEqual(events)
      const [row] = await room.sql('select event_seq from batch where id = $1', [batchId])
      expect(row).toEqual({ event_seq: events.length })
      expect(await reapply()).toMatchObject({ erased: 0 })
    })

    it('erases sealed members and the key that came back alone', async () => {
      const { batchId, backup } = await eraseBackedUpScan()
      await backup.restore('sealed')
      expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 0, sealed: 1, keys: 1 })
      expect(await reapply()).toMatchObject({ erased: 1 })
      expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
    })

    it('names one whose page a copy has again, and goes on with the others', async () => {
      const copyId = await room.importOne()
      const [first, second] = [await eraseBackedUpScan(), await eraseBackedUpScan()]
      for (const { backup } of [first, second]) await backup.restore('business', 'sealed')
      const placed = async (place: string) => {
        await room.sql('alter table page disable trigger all')
        await room.sql(`update page set ${place} where batch_id = $1 and batch_page_index = 0`, [
          first.batchId,
        ])
        await room.sql('alter table page enable trigger all')
      }
      await placed(`copy_id = '${copyId}', page_index = 2`)
      expect(await reapply()).toMatchObject({ erased: 1, refused: [], refusedBatches: [first.batchId] })
      expect(await room.remainsOfBatch(first.batchId)).toMatchObject({ images: 2 })
      expect(await room.remainsOfBatch(second.batchId)).toMatchObject(NOTHING_OF_SCAN)
      await placed('copy_id = null, page_index = null')
      expect(await reapply()).toMatchObject({ erased: 1, refusedBatches: [] })
    })

    it('by a newer export, says so in the restored log', async () => {
      const { batchId, backup } = await eraseBackedUpScan()
      const { ref } = await rowOf(batchId, 'batch')
      const elsewhere = await readErasures(await exportEvents(ref))
      expect(elsewhere).toEqual([{ of: 'batch', streamRef: ref, reason: 'test-data' }])
      await backup.restore('business', 'sealed', 'log')
      expect(await reapply()).toMatchObject({ erased: 0 })
      expect(await room.remainsOfBatch(batchId)).toMatchObject({ images: 2 })

      expect(await reapply(elsewhere)).toMatchObject({ erased: 1 })
      expect(await room.remainsOfBatch(batchId)).toMatchObject(NOTHING_OF_SCAN)
      expect(await erasuresOf(batchId)).toMatchObject([{ metadata: { reason_code: 'test-data', pages: 2 } }])
      expect(await reapply(elsewhere)).toMatchObject({ erased: 0 })
    })

    it('takes the erasure of a scan that went with a copy for that of the copy', async () => {
      const { copyId } = await eraseBackedUp()
      const [row] = await room.sql<{ ref: Id }>(
        'select b.stream_ref as ref from batch b join copy c on c.batch_id = b.id where c.id = $1',
        [copyId],
      )
      expect(await readErasures(await exportEvents(row?.ref as Id))).toEqual([])
    })
  })

  /** Writes the events of a stream as an export does. */
  async function exportEvents(streamRef: Id): Promise<string> {
    const rows = await room.sql<{ leaf: Buffer }>(
      'select leaf from audit_event where stream_ref = $1 order by seq',
      [streamRef],
    )
    const file = join(folder, `${streamRef}.jsonl`)
    writeFileSync(
      file,
      rows.map(({ leaf }) => `${JSON.stringify({ leaf: leaf.toString('base64') })}\n`).join(''),
    )
    return file
  }

  describe('with a newer export at hand', () => {
    it('erases a copy of which the restored log does not say that it was, and says so in it', async () => {
      const { copyId, backup } = await eraseBackedUp()
      const elsewhere = await readErasures(await exportEvents((await rowOf(copyId)).ref))
      expect(elsewhere).toEqual([{ of: 'copy', streamRef: (await rowOf(copyId)).ref, reason: 'test-data' }])
      await backup.restore('business', 'sealed', 'log')
      expect(await reapply()).toMatchObject({ erased: 0 })
      expect(await room.remainsOf(copyId)).toMatchObject({ erased: false, images: 2 })

      expect(await reapply(elsewhere)).toMatchObject({ erased: 1 })
      expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
      const events = await eventsOf(room.staff.admin, pathOf(copyId))
      expect(events.at(-1)).toMatchObject({ action: 'ERASE', metadata: { reason_code: 'test-data' } })
      expect(await reapply(elsewhere)).toMatchObject({ erased: 0 })
    })

    it('counts those of copies that are not here', async () => {
      const { absent, known } = await reapply([], true)
      const strangers = [newRef(), newRef()].map(
        (streamRef) => ({ of: 'copy', streamRef, reason: 'test-data' }) as const,
      )
      expect(await reapply(strangers, true)).toMatchObject({
        absent: absent + 2,
        known: known + 2,
        erased: 0,
      })
    })

    it.each([
      ['that is not there', undefined],
      ['of something else', 'zzq7 is no export\n'],
      ['whose lines hold no event', '{"leaf":"e30="}\n'],
      ['whose lines are of another form', '{"event":1}\n'],
    ])('refuses a file %s, and repeats nothing of it', async (_what, text) => {
      const file = join(folder, `${newRef()}.jsonl`)
      if (text !== undefined) writeFileSync(file, text)
      const refused = await readErasures(file).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'file-unreadable', title: expect.not.stringContaining('zzq7') })
    })
  })
})
