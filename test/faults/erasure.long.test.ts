import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listUnusedBlobs } from '../../src/copies/blob-store.ts'
import type { Id } from '../../src/observability/id.ts'
import { FAULT_POINTS } from '../../src/platform/fault-points.ts'
import { type AppLog, openAppLog } from '../support/app-log.ts'
import { eventsOf } from '../support/builders.ts'
import { type Ended, startCommand } from '../support/command.ts'
import { type ErasureRoom, NOTHING, NOTHING_OF_SCAN, openErasureRoom, pathOf } from '../support/erasing.ts'
import { readTables } from '../support/tables.ts'

const OWN_POINTS = FAULT_POINTS.filter((point) => point.startsWith('erase.'))
/** Behind these the rows are erased, and files may be left. */
const AFTER_COMMIT = ['erase.recorded', 'erase.removing']

describe('an erasure that is killed', () => {
  let room: ErasureRoom
  let log: AppLog
  const folder = mkdtempSync(join(tmpdir(), 'paraph-erasure-'))
  const faultFile = join(folder, 'fault')
  beforeAll(async () => {
    room = await openErasureRoom()
    log = openAppLog(room.app)
  })
  afterAll(async () => {
    await log?.close()
    await room?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  function erase(copyId: Id, option = '--copy'): Promise<Ended> {
    const { url, eraserUrl } = room.app.database
    const env = { DATABASE_URL: url, DATABASE_ERASER_URL: eraserUrl, PARAPH_FAULT_FILE: faultFile }
    return startCommand(room.app.folder, ['erase', option, copyId, '--yes', '--json'], { env }).ended
  }
  async function killAt(point: string, copyId: Id, option?: string): Promise<void> {
    writeFileSync(faultFile, `${point} 1 self`)
    const { code, stdout } = await erase(copyId, option)
    expect(existsSync(faultFile), 'the fault must have struck').toBe(false)
    expect(code).not.toBe(0)
    expect(stdout).toBe('')
  }

  /** Every trace of the erasure is whole: rows, files, one event, a log that verifies. */
  async function assertErased(copyId: Id, others: ReadonlySet<string>): Promise<void> {
    expect(await room.remainsOf(copyId)).toEqual({ status: 'GRADED', pages: 2, ...NOTHING })
    expect(room.storedFiles()).toEqual(others)
    const events = await eventsOf(room.staff.admin, pathOf(copyId))
    expect(events.filter(({ action }) => action === 'ERASE')).toHaveLength(1)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    await log.publish()
    expect(await log.verify()).toMatchObject({ findings: [], gaps: 0, waiting: 0 })
  }

  it.each(
    OWN_POINTS.filter((point) => !AFTER_COMMIT.includes(point)).concat('audit.appending', 'audit.appended'),
  )('at %s has changed nothing, and is done by the next one', async (point) => {
    const others = room.storedFiles()
    const copyId = await room.gradeOne()
    const [rows, files] = [await readTables(room.app.database.ownerUrl), room.storedFiles()]
    await killAt(point, copyId)
    expect(await readTables(room.app.database.ownerUrl)).toEqual(rows)
    expect(room.storedFiles()).toEqual(files)

    const { code, stdout } = await erase(copyId)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'erased', files: 6, filesLeft: 0 })
    await assertErased(copyId, others)
  })

  it.each(AFTER_COMMIT)('at %s has erased the rows, and the next one removes the files', async (point) => {
    const others = room.storedFiles()
    const copyId = await room.gradeOne()
    await killAt(point, copyId)
    expect(await room.remainsOf(copyId)).toMatchObject({ ...NOTHING, blobs: 6 })
    expect(room.storedFiles().size).toBeGreaterThan(others.size)

    const { code, stdout } = await erase(copyId)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'already-erased', filesLeft: 0 })
    await assertErased(copyId, others)
  })

  describe('of a scan by itself', () => {
    const POINTS = [
      'erase.taken',
      'erase.listed',
      'erase.images',
      'audit.appending',
      'audit.appended',
      'erase.scan',
    ]
    const importNoted = async (): Promise<Id> => {
      const batchId = await room.importUnplaced(2)
      const [page] = (await room.staff.admin.get(`/api/batches/${batchId}/pages`)).body.pages
      const body = { reason: 'other', note: 'De la copie de Zoé Exemple' }
      await room.staff.admin.post(`/api/pages/${page.id}/discard`, { version: page.version, body })
      return batchId
    }
    async function assertScanErased(batchId: Id, others: ReadonlySet<string>): Promise<void> {
      expect(await room.remainsOfBatch(batchId)).toEqual({ status: 'IMPORTED', pages: 2, ...NOTHING_OF_SCAN })
      expect(room.storedFiles()).toEqual(others)
      const events = (await room.eventsOfBatch(batchId)).toSorted((a, b) => a.seq - b.seq)
      expect(events.filter(({ action }) => action === 'ERASE')).toHaveLength(1)
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      await log.publish()
      expect(await log.verify()).toMatchObject({ findings: [], gaps: 0, waiting: 0 })
    }

    it.each(POINTS)('at %s has changed nothing, and is done by the next one', async (point) => {
      const others = room.storedFiles()
      const batchId = await importNoted()
      const [rows, files] = [await readTables(room.app.database.ownerUrl), room.storedFiles()]
      await killAt(point, batchId, '--batch')
      expect(await readTables(room.app.database.ownerUrl)).toEqual(rows)
      expect(room.storedFiles()).toEqual(files)

      const { code, stdout } = await erase(batchId, '--batch')
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'erased', sealedFields: 2, files: 5, filesLeft: 0 })
      await assertScanErased(batchId, others)
    })

    it.each(AFTER_COMMIT)('at %s has erased the rows, and the next one removes the files', async (point) => {
      const others = room.storedFiles()
      const batchId = await importNoted()
      await killAt(point, batchId, '--batch')
      expect(await room.remainsOfBatch(batchId)).toMatchObject({ ...NOTHING_OF_SCAN, blobs: 5 })
      expect(room.storedFiles().size).toBeGreaterThan(others.size)

      const { code, stdout } = await erase(batchId, '--batch')
      expect(code).toBe(0)
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'already-erased', filesLeft: 0 })
      await assertScanErased(batchId, others)
    })
  })

  it('behind the commit, leaves files that the daily sweep takes as well', async () => {
    const copyId = await room.gradeOne()
    await killAt('erase.recorded', copyId)
    const { blobs, db } = room.app.services
    const [before, names] = [room.storedFiles(), (hashes: readonly string[]) => listUnusedBlobs(db, hashes)]
    expect(await blobs.sweep(names, 0)).toBe(6)
    expect(before.size - room.storedFiles().size).toBe(6)
    expect(await erase(copyId)).toMatchObject({ code: 0 })
    expect(await room.remainsOf(copyId)).toMatchObject(NOTHING)
  })
})
